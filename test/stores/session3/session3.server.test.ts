import { beforeAll, describe, expect, test } from 'vitest';
import { venvPython } from '../../../scripts/cluster/venv.ts';
import { backendNames } from '../../../src/api/backends/index.ts';
import { runRunner } from '../../servers/runner.ts';
import { Shop, seen } from '../python/shop.ts';
import { applications, type Location, sharedWithCleanup } from './applications.ts';

const owner = { installation: 'cluster-1', namespace: 'shop', name: 'web' };
const hour = 3600;
let python: string;
beforeAll(async () => {
  python = await venvPython();
  process.env['SESSIONSTORE_PYTHON'] = python;
}, 300_000);

/** The work of a Job of the operator, by the program that the Job runs. */
async function run(command: 'setup' | 'delete-old', { backend, connection, volume }: Location) {
  const end = await runRunner({
    command,
    input: {
      owner,
      store: {
        backend,
        ...(command === 'delete-old' && { cleanup: { unmodifiedFor: '60m', pace: 'full' } }),
      },
    },
    ...(connection !== undefined && { connection }),
    ...(volume !== undefined && { volume }),
  });
  expect(end, end.output).toMatchObject({ code: 0 });
  return end.result;
}

const named = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}-${n}`);

/** Saves sessions that are so old, by session3 itself. */
async function saveAged(
  location: Location,
  shop: Shop,
  ids: readonly string[],
  seconds: number,
): Promise<void> {
  for (const id of ids) await shop.save(id, seconds);
  await location.age?.(ids, seconds);
}

describe.each(backendNames)('session3 on a store of the backend %s that a Job provisioned', (name) => {
  test('saves, loads and deletes; what it saved long ago is gone after a clean-up, the rest loads', async () => {
    await using location = await applications[name]();
    expect(await run('setup', location)).toMatchObject({ setup: { outcome: 'Created', marked: true } });
    const [stale, live] = [named('stale', 20), named('live', 10)];
    {
      await using shop = await Shop.start(python, location.store);
      await saveAged(location, shop, stale, 2 * hour);
      await saveAged(location, shop, live, hour / 2);
      expect(await shop.load('stale-3')).toEqual(seen('stale-3'));
      await shop.delete('live-9');
      expect(await shop.load('live-9')).toBeNull();
    }
    expect(await run('delete-old', location)).toMatchObject({
      cleanup: { deleted: 20, overdue: 0, remaining: 9, complete: true },
    });
    await using shop = await Shop.start(python, location.store);
    for (const id of stale) expect(await shop.load(id)).toBeNull();
    for (const id of live.slice(0, 9)) expect(await shop.load(id)).toEqual(seen(id));
    await shop.save('stale-3');
    expect(await shop.load('stale-3')).toEqual(seen('stale-3'));
  });
});

test.each(sharedWithCleanup)(
  'session3 on a store of the backend %s survives a clean-up meanwhile: nothing fails, nothing is lost',
  async (name) => {
    await using location = await applications[name]();
    await run('setup', location);
    await using shop = await Shop.start(python, location.store);
    await saveAged(location, shop, named('stale', 30), 2 * hour);
    let isDone = false;
    const burst = shop.burst('live', 1500).finally(() => {
      isDone = true;
    });
    let deleted = 0;
    while (!isDone) deleted += (await run('delete-old', location))?.cleanup?.deleted ?? 0;
    expect(await burst).toEqual({ saved: 1500, failed: {}, lost: [] });
    expect(deleted).toBe(30);
  },
);

test.each(['directory', 'mysql'] as const)(
  'session3’s own clean-up and ours delete the same sessions: %s',
  async (name) => {
    const ids = named('s', 40);
    const ages = ids.map((_, n) => 5 * n * 60 + 30);
    const leftBy = async (clean: (location: Location, shop: Shop) => Promise<unknown>) => {
      await using location = await applications[name]();
      await run('setup', location);
      await using shop = await Shop.start(python, location.store);
      for (const [n, id] of ids.entries()) await saveAged(location, shop, [id], ages[n] ?? 0);
      await clean(location, shop);
      const missing = await shop.missing(ids);
      return ids.filter((id) => !missing.includes(id));
    };
    const theirs = await leftBy((_, shop) => shop.deleteOld(60));
    const ours = await leftBy((location) => run('delete-old', location));
    expect(ours).toEqual(theirs);
    expect(ours).toEqual(ids.slice(0, 12));
  },
);
