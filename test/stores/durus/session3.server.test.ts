import { expect, test } from 'vitest';
import { startWebServer } from '../../servers/web-server.ts';
import { seen } from '../python/shop.ts';
import { hour, owner, TestDurus } from './fixture.ts';

test('session3 uses a file that set-up made; what it saved long ago is gone after a clean-up, the rest loads', async () => {
  await using durus = await TestDurus.make();
  expect(await durus.setUp()).toMatchObject({ outcome: 'Created', marked: true });
  {
    await using shop = await durus.shop();
    for (let n = 0; n < 30; n++) await shop.save(`s${n}`, n < 20 ? 2 * hour : n);
    await shop.delete('s29');
    await expect(durus.cleanUp()).rejects.toMatchObject({
      reason: 'LockTimeout',
      message: expect.stringMatching(/^Expected no other process to have .* open; another process has/),
    });
  }
  expect(await durus.cleanUp({}, { dryRun: true })).toMatchObject({ deleted: 0, overdue: 20, remaining: 29 });
  expect(await durus.cleanUp({ pack: true })).toEqual({
    deleted: 20,
    overdue: 0,
    remaining: 9,
    unreadable: 0,
    complete: true,
    dryRun: false,
    notes: [],
  });
  await using shop = await durus.shop();
  expect(await shop.load('s3')).toBeNull();
  for (let n = 20; n < 29; n++) expect(await shop.load(`s${n}`)).toEqual(seen(`s${n}`));
});

test.each(['tcp', 'socket'] as const)(
  'a running server (%s) is cleaned where that is tolerated, and only there',
  async (by) => {
    await using durus = await TestDurus.make();
    await durus.setUp();
    await durus.serve(by);
    await using shop = await durus.shop();
    for (let n = 0; n < 10; n++) await shop.save(`s${n}`, n < 5 ? 2 * hour : 0);
    await expect(durus.cleanUp()).rejects.toMatchObject({
      reason: 'UnsupportedServer',
      message: expect.stringMatching(/No session was deleted\. Say whileInUse: Tolerate/),
    });
    expect(await durus.cleanUp({ whileInUse: 'Tolerate' })).toMatchObject({ deleted: 5, remaining: 5 });
    expect(await shop.load('s1')).toBeNull();
    expect(await shop.load('s7')).toEqual(seen('s7'));
  },
);

/** Cleans again and again while an application saves 200 sessions, and 20 stale ones; what both saw. */
async function contend(form: 'Session3' | 'Safe') {
  await using durus = await TestDurus.make();
  await durus.setUp({ form });
  await durus.serve();
  await using shop = await durus.shop(form === 'Safe');
  await using store = durus.store({ form, whileInUse: 'Tolerate' });
  const clean = async () => store.deleteOldSessions({ owner, ageSeconds: hour, pace: 'full' });
  let going = true;
  const burst = shop.burst('live', 200, 10, 0.005).finally(() => {
    going = false;
  });
  let deleted = 0;
  let runs = 0;
  for (; going; runs++) deleted += (await clean()).deleted;
  const { saved, failed, lost } = await burst;
  const { deleted: last, remaining } = await clean();
  console.log(
    `${form} form cleaned ${runs} times: ${saved} saved meanwhile, ${lost.length} lost, failed ` +
      `${JSON.stringify(failed)}; ${deleted} stale deleted`,
  );
  return { saved, failed, lost, deleted: deleted + last, remaining };
}

test('a clean-up in use loses no session that session3 says it saved; a request may get ConflictError', async () => {
  const { saved, failed, lost, remaining } = await contend('Session3');
  const { WriteConflictError = 0, ReadConflictError: _, ...others } = failed;
  expect({ lost, others, remaining }).toEqual({ lost: [], others: {}, remaining: saved });
  expect(saved + WriteConflictError).toBeGreaterThanOrEqual(200);
});

test('the safe class beside clean-up: nothing fails, nothing is lost', async () => {
  expect(await contend('Safe')).toEqual({ saved: 200, failed: {}, lost: [], deleted: 20, remaining: 200 });
});

test('a migrated storage keeps its sessions, is used by the safe class and cleaned while in use', async () => {
  await using durus = await TestDurus.make();
  await durus.setUp();
  await durus.serve();
  {
    await using before = await durus.shop();
    await before.save('old', 2 * hour);
    await before.save('new');
  }
  await expect(durus.setUp({ form: 'Safe' })).rejects.toMatchObject({ reason: 'ShapeMismatch' });
  const migrated = await durus.setUp({ form: 'Safe' }, { migrate: true });
  expect(migrated).toMatchObject({
    outcome: 'Verified',
    notes: [expect.stringMatching(/^Migrated 2 sessions/)],
  });
  await using after = await durus.shop(true);
  expect(await after.load('old')).toEqual(seen('old'));
  expect(await durus.cleanUp({ form: 'Safe' }, { pace: 'full' })).toMatchObject({ deleted: 1, remaining: 1 });
  expect(await after.load('new')).toEqual(seen('new'));
});

test('a server is reached at the address that was looked at, whatever its name resolves to by then', async () => {
  await using durus = await TestDurus.make();
  await durus.serve();
  const { host: address, port } = durus.address as { host: string; port: number };
  durus.address = { host: 'durus.invalid', port, address };
  expect(await durus.setUp()).toMatchObject({ outcome: 'Created' });
});

test('of a server that is no Durus server nothing is shown', async () => {
  await using durus = await TestDurus.make();
  await using server = await startWebServer('s3cret-answer');
  durus.address = { host: '127.0.0.1', port: server.port };
  const error = await durus.setUp().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ reason: 'ConnectionFailed' });
  expect((error as Error).message).not.toMatch(/s3cret|HTTP/);
});

test('a server that is not there, and another’s mark, are said in a sentence', async () => {
  await using durus = await TestDurus.make();
  durus.address = { host: '127.0.0.1', port: 1 };
  await expect(durus.cleanUp()).rejects.toMatchObject({ reason: 'ConnectionFailed' });
  durus.address = undefined;
  await expect(durus.cleanUp()).rejects.toMatchObject({ reason: 'StoreMissing' });
  await durus.setUp();
  const other = { ...owner, name: 'other' };
  await expect(durus.setUp({}, { owner: other })).rejects.toMatchObject({ reason: 'Conflict' });
  await expect(durus.cleanUp({}, { owner: other })).rejects.toMatchObject({ reason: 'Conflict' });
});
