import { describe, expect, test } from 'vitest';
import { sqlitePython, venvPython } from '../../../scripts/cluster/venv.ts';
import { StoreError } from '../../../src/stores/store-error.ts';
import { seen } from '../python/shop.ts';
import { hour, type Kind, owner, TestShelf } from './fixture.ts';

const newer = await sqlitePython();

/** Operations of session3 on a shelf of this kind that set-up created, and their results after a clean-up. */
async function liveWith(dbm: Kind, applicationPython: string, runnerPython = applicationPython) {
  await using shelf = await TestShelf.make();
  const runner = { dbm, python: runnerPython };
  expect(await shelf.setUp(runner)).toMatchObject({ outcome: 'Created', marked: true });
  await using shop = await shelf.shop({ python: applicationPython });
  for (let n = 0; n < 30; n++) await shop.save(`s${n}`, n < 20 ? 2 * hour : n);
  await shop.saveOdd('odd');
  await shop.delete('s29');
  expect(await shop.load('s29')).toBeNull();
  const dry = await shelf.cleanUp(runner, { dryRun: true });
  expect(dry).toMatchObject({ deleted: 0, overdue: 20, remaining: 30 });
  expect(await shelf.cleanUp(runner)).toEqual({
    deleted: 20,
    overdue: 0,
    remaining: 10,
    unreadable: 1,
    complete: true,
    dryRun: false,
    notes: [],
  });
  for (let n = 0; n < 20; n++) expect(await shop.load(`s${n}`)).toBeNull();
  for (let n = 20; n < 29; n++) expect(await shop.load(`s${n}`)).toEqual(seen(`s${n}`));
  expect(await shop.load('odd')).toMatchObject({ class: 'CartSession' });
}

describe('session3 saves, loads and deletes in a shelf that set-up made; a clean-up takes what it saved long ago', () => {
  test.each(['gnu', 'ndbm', 'dumb'] as const)('of dbm.%s', async (dbm) => {
    await liveWith(dbm, await venvPython());
  });

  test.skipIf(newer === undefined)(
    'of dbm.sqlite3, cleaned by a Python that has no such module',
    async () => {
      await liveWith('sqlite3', newer ?? '', await venvPython());
    },
  );

  test.skipIf(newer === undefined)('of dbm.sqlite3, cleaned by one that has it', async () => {
    await liveWith('sqlite3', newer ?? '');
  });
});

test('a shelf that session3 made itself is adopted, its sessions untouched', async () => {
  await using shelf = await TestShelf.make();
  await shelf.setUp();
  await using other = await TestShelf.make();
  await other.setUp();
  await using shop = await shelf.shop();
  await shop.save('a');
  expect(await shelf.ids()).toEqual(['a']);
  expect(await shelf.setUp({}, { ifExists: 'Fail' })).toMatchObject({ outcome: 'Verified' });
});

test('a session that a TypeScript program saved can be loaded by it alone, and one of session3’s as its pickle', async () => {
  await using shelf = await TestShelf.make();
  await shelf.setUp();
  await using shop = await shelf.shop();
  await using store = shelf.store();
  await shop.save('a');
  const pickle = await store.loadSession('a');
  expect(pickle?.[0]).toBe(0x80);
  // Saved again as it is, it carries a new time, and session3 loads it all the same.
  await store.saveSession('copy', pickle ?? Buffer.of());
  expect(await shop.load('copy')).toEqual(seen('a'));
  await store.saveSession('json', Buffer.from('{"user":"bert"}'));
  expect(Buffer.from((await store.loadSession('json')) ?? []).toString()).toBe('{"user":"bert"}');
  expect(await store.hasSession('json')).toBe(true);
  await store.deleteSession('json');
  await store.deleteSession('json');
  expect(await store.hasSession('json')).toBe(false);
});

test('one application uses the safe class while clean-up runs all the time: nothing fails, nothing is lost', async () => {
  for (const dbm of ['gnu', 'ndbm', 'dumb'] as const) {
    await using shelf = await TestShelf.make();
    await shelf.setUp({ dbm, form: 'Safe' });
    await using shop = await shelf.shop({ safe: true });
    for (let n = 0; n < 20; n++) await shop.save(`old-${n}`);
    const end = new AbortController();
    const burst = shop.burst('live', 150).finally(() => end.abort());
    while (!end.signal.aborted) await shelf.cleanUp({ form: 'Safe' }, { pace: 'full' });
    expect(await burst, dbm).toEqual({ saved: 150, failed: {}, lost: [] });
  }
});

test('a migrated shelf keeps its sessions, is used by the safe class and cleaned while in use', async () => {
  await using shelf = await TestShelf.make();
  await shelf.setUp({ dbm: 'ndbm' });
  await using before = await shelf.shop();
  await before.save('old', 2 * hour);
  await before.save('new');
  await expect(shelf.setUp({ form: 'Safe' })).rejects.toMatchObject({ reason: 'ShapeMismatch' });
  const migrated = await shelf.setUp({ form: 'Safe' }, { migrate: true });
  expect(migrated.notes.join()).toMatch(/^Migrated/);
  await using after = await shelf.shop({ safe: true });
  expect(await after.load('old')).toEqual(seen('old'));
  expect(await shelf.cleanUp({ form: 'Safe', whileInUse: 'Tolerate' })).toMatchObject({
    deleted: 1,
    remaining: 1,
  });
  expect(await after.load('new')).toEqual(seen('new'));
});

test('clean-up of a store without the mark, or with another’s, is refused', async () => {
  await using shelf = await TestShelf.make();
  await expect(shelf.cleanUp()).rejects.toMatchObject({ reason: 'StoreMissing' });
  await shelf.setUp();
  const other = { ...owner, name: 'other' };
  await expect(shelf.cleanUp({}, { owner: other })).rejects.toBeInstanceOf(StoreError);
  await expect(shelf.setUp({}, { owner: other })).rejects.toMatchObject({ reason: 'Conflict' });
});

test('a Python that cannot be started is named in the sentence', async () => {
  await using shelf = await TestShelf.make();
  await expect(shelf.setUp({ python: '/nowhere/python3' })).rejects.toMatchObject({
    reason: 'UnsupportedServer',
    message: expect.stringMatching(/Expected to start \/nowhere\/python3; found ENOENT/),
  });
});
