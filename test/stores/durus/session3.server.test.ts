import { expect, test } from 'vitest';
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
      message: expect.stringMatching(/^Expected nobody to have .* open; another process has/),
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
      message: expect.stringMatching(/Nothing was deleted\. Say whileInUse: Tolerate/),
    });
    expect(await durus.cleanUp({ whileInUse: 'Tolerate' })).toMatchObject({ deleted: 5, remaining: 5 });
    expect(await shop.load('s1')).toBeNull();
    expect(await shop.load('s7')).toEqual(seen('s7'));
  },
);

test('a clean-up in use loses no session that session3 says it saved; a request may get ConflictError', async () => {
  await using durus = await TestDurus.make();
  await durus.setUp();
  await durus.serve();
  await using shop = await durus.shop();
  for (let n = 0; n < 100; n++) await shop.save(`old-${n}`, (2 + n) * hour);
  let going = true;
  const burst = shop.burst('live', 200).finally(() => {
    going = false;
  });
  let age = 100 * hour;
  let deleted = 0;
  while (going) {
    const report = await durus.cleanUp({ whileInUse: 'Tolerate' }, { ageSeconds: Math.max(hour, age) });
    deleted += report.deleted;
    age -= 4 * hour;
  }
  deleted += (await durus.cleanUp({ whileInUse: 'Tolerate' })).deleted;
  const { saved, failed, lost } = await burst;
  const conflicts = failed['WriteConflictError'] ?? 0;
  console.log(`session3 beside clean-up: ${conflicts} of 200 log-ins got WriteConflictError`);
  expect({ lost, deleted, requests: saved + conflicts }).toEqual({ lost: [], deleted: 100, requests: 200 });
});

test('the safe class beside clean-up: nothing fails, nothing is lost', async () => {
  await using durus = await TestDurus.make();
  await durus.setUp({ form: 'Safe' });
  await durus.serve();
  await using shop = await durus.shop(true);
  for (let n = 0; n < 20; n++) await shop.save(`old-${n}`);
  let going = true;
  const burst = shop.burst('live', 150).finally(() => {
    going = false;
  });
  while (going) await durus.cleanUp({ form: 'Safe' }, { pace: 'full' });
  expect(await burst).toEqual({ saved: 150, failed: {}, lost: [] });
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
  expect(await durus.cleanUp({ form: 'Safe' })).toMatchObject({ deleted: 1, remaining: 1 });
  expect(await after.load('new')).toEqual(seen('new'));
});

test('TypeScript programs share a server: nothing of what they save at once is lost; a file is one’s alone', async () => {
  await using durus = await TestDurus.make();
  await durus.setUp();
  {
    await using one = durus.store();
    await using other = durus.store();
    expect(one.isMultiprocessSafe).toBe(false);
    await one.saveSession('a', Buffer.from('{}'));
    await expect(other.saveSession('b', Buffer.from('{}'))).rejects.toMatchObject({ reason: 'LockTimeout' });
  }
  await durus.serve();
  const writer = async (name: string): Promise<void> => {
    await using store = durus.store();
    expect([store.isMultiprocessSafe, store.isThreadSafe]).toEqual([true, true]);
    const save = async (n: number) => store.saveSession(`${name}-${n}`, Buffer.from(`${n}`));
    await Promise.all(Array.from({ length: 30 }, (_, n) => save(n)));
  };
  await Promise.all(['x', 'y', 'z'].map(writer));
  await using store = durus.store();
  const found = new Map<string, string>();
  for await (const [id, payload] of store.iterSessions()) found.set(id, Buffer.from(payload).toString());
  expect(found.size).toBe(91);
  expect(found.get('y-17')).toBe('17');
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
