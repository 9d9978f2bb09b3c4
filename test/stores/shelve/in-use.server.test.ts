import { describe, expect, test } from 'vitest';
import { sqlitePython, venvPython } from '../../../scripts/cluster/venv.ts';
import type { StoreError } from '../../../src/stores/store-error.ts';
import { kinds as allKinds, hour, type Kind, owner, TestShelf } from './fixture.ts';

const newer = await sqlitePython();
const pythonFor = async (dbm: Kind) => (dbm === 'sqlite3' && newer) || (await venvPython());
/** Those that an application can open on this machine. */
const kinds = allKinds.filter((dbm) => dbm !== 'sqlite3' || newer !== undefined);
const kindsOf = (...some: readonly Kind[]) => kinds.filter((dbm) => some.includes(dbm));

const logIns = 200;
const stale = 20;

/** A cleaner of one shelf: how many sessions it deleted, or why it would not. */
type Clean = () => Promise<number | string>;

function ours(shelf: TestShelf, whileInUse: 'Refuse' | 'Tolerate', stack: AsyncDisposableStack): Clean {
  const store = stack.use(shelf.store({ whileInUse }));
  return () =>
    store.deleteOldSessions({ owner, ageSeconds: hour, pace: 'full' }).then(
      ({ deleted }) => deleted,
      ({ reason, message }: StoreError) => `${reason}: ${message}`,
    );
}

async function naive(shelf: TestShelf, stack: AsyncDisposableStack): Promise<Clean> {
  const script = stack.use(await shelf.shop({ quiet: true }));
  return async () => ((await script.cleanNaively(hour)) ? 0 : 'failed');
}

/** Cleans all the time while an application of session3 saves 200 sessions, and 20 stale ones; what both saw. */
async function contend(dbm: Kind, way: 'Refuse' | 'Tolerate' | 'naive') {
  await using stack = new AsyncDisposableStack();
  const shelf = stack.use(await TestShelf.make());
  await shelf.setUp({ dbm });
  const shop = stack.use(await shelf.shop({ python: await pythonFor(dbm), quiet: way === 'naive' }));
  const clean = way === 'naive' ? await naive(shelf, stack) : ours(shelf, way, stack);
  let going = true;
  const burst = shop.burst('live', logIns, logIns / stale).finally(() => {
    going = false;
  });
  const refusals: string[] = [];
  let runs = 0;
  let deleted = 0;
  while (going) {
    const result = await clean();
    runs++;
    if (typeof result === 'number') deleted += result;
    else refusals.push(result);
  }
  const { saved, failed, lost } = await burst;
  console.log(
    `dbm.${dbm} cleaned ${runs} times (${way}): ${saved} saved meanwhile, ${lost.length} lost, ` +
      `failed ${JSON.stringify(failed)}; ${deleted} stale deleted, ${refusals.length} runs refused`,
  );
  return { saved, failed, lost, refusals, deleted, shelf: way === 'naive' ? [] : await leftIn(shelf, clean) };
}

/** The sessions that one more run leaves, once the shelf is no longer in use. */
async function leftIn(shelf: TestShelf, clean: Clean): Promise<readonly string[]> {
  expect(await clean()).toBeTypeOf('number');
  return shelf.ids();
}

const unhurt = { saved: logIns, failed: {}, lost: [] };

describe('an application that is writing all the time loses nothing and fails in nothing', () => {
  test.each(kindsOf('gnu', 'sqlite3'))('on dbm.%s, cleaned where that is tolerated', async (dbm) => {
    const { refusals, deleted, shelf, ...application } = await contend(dbm, 'Tolerate');
    expect(application).toEqual(unhurt);
    expect(refusals).toEqual([]);
    expect(deleted).toBeGreaterThan(0);
    expect(shelf).toHaveLength(logIns);
  });

  test.each(kinds)('on dbm.%s, where clean-up is to refuse', async (dbm) => {
    const { refusals, shelf, deleted: _, ...application } = await contend(dbm, 'Refuse');
    expect(application).toEqual(unhurt);
    // Where the kernel saw the application have it open, the run gave way and said so.
    for (const refusal of refusals) expect(refusal).toMatch(/^LockTimeout: Expected/);
    expect(shelf).toHaveLength(logIns);
  });
});

test('a script that deletes with nothing but shelve loses sessions of ndbm and dumb, or fails the application', async () => {
  for (const dbm of ['ndbm', 'dumb'] as const) {
    let harm = 0;
    for (let round = 0; round < 30 && harm === 0; round++) {
      const { lost, failed } = await contend(dbm, 'naive');
      harm = lost.length + Object.values(failed).reduce((sum, count) => sum + count, 0);
    }
    expect(harm, dbm).toBeGreaterThan(0);
  }
}, 300_000);

test('ndbm and dumb are never cleaned in use, and the sentence says why and what to do', async () => {
  for (const dbm of ['ndbm', 'dumb'] as const) {
    await using shelf = await TestShelf.make();
    await shelf.setUp({ dbm });
    await expect(shelf.cleanUp({ whileInUse: 'Tolerate' })).rejects.toMatchObject({
      reason: 'UnsupportedServer',
      message: expect.stringMatching(
        /has no lock, so sessions .* would be lost\. No session was deleted\. Leave whileInUse out.*form: Safe/,
      ),
    });
  }
});

/** A clean-up while a request has the shelf open, then another. */
async function beside(dbm: Kind, meanwhile: (shelf: TestShelf) => Promise<void>) {
  await using shelf = await TestShelf.make();
  await shelf.setUp({ dbm });
  await using shop = await shelf.shop({ python: await pythonFor(dbm) });
  await shop.save('live');
  const old = ['a', 'b', 'c'];
  for (const id of old) await shop.save(id, 2 * hour);
  await shop.saveSlowly('slow', () => meanwhile(shelf));
  expect(await shop.missing(['live', 'slow', ...old])).toEqual([]);
  expect(await shelf.cleanUp()).toMatchObject({ deleted: 3, remaining: 2 });
  expect(await shop.missing(['live', 'slow', ...old])).toEqual(old);
}

test.each(kindsOf('gnu', 'ndbm', 'sqlite3'))(
  'while a request has dbm.%s open, a clean-up that is to refuse deletes nothing',
  async (dbm) => {
    await beside(dbm, async (shelf) => {
      await expect(shelf.cleanUp()).rejects.toMatchObject({
        reason: 'LockTimeout',
        message: expect.stringMatching(/^Expected no other process to have .* open, as whileInUse is Refuse/),
      });
    });
  },
);

test('that a request has read dbm.dumb nobody can tell: what goes meanwhile comes back, and no session is lost', async () => {
  await beside('dumb', async (shelf) => {
    expect(await shelf.cleanUp()).toMatchObject({ deleted: 3 });
  });
});
