import { expect, test } from 'vitest';
import type { StoreError } from '../../../src/runner/store-error.ts';
import { hour, TestShelf } from './fixture.ts';

/** Cleans again and again while an application of session3 saves and loads; what both saw. */
async function contend(dbm: 'gnu' | 'ndbm' | 'dumb', whileInUse: 'Refuse' | 'Tolerate') {
  const shelf = await TestShelf.make();
  await shelf.setUp({ dbm });
  const shop = await shelf.shop();
  for (let n = 0; n < 60; n++) await shop.save(`old-${n}`, 2 * hour);
  let going = true;
  const burst = shop.burst('live', 300).finally(() => {
    going = false;
  });
  const refusals: string[] = [];
  let deleted = 0;
  while (going) {
    await shelf.cleanUp({ whileInUse }, { pace: 'full' }).then(
      (report) => {
        deleted += report.deleted;
      },
      (error: StoreError) => refusals.push(`${error.reason}: ${error.message}`),
    );
  }
  const seen = await burst;
  await shop[Symbol.asyncDispose]();
  const ids = await shelf.ids();
  await shelf[Symbol.asyncDispose]();
  return { ...seen, deleted, refusals, ids };
}

test('an application that is writing loses nothing and fails in nothing where clean-up is to refuse', async () => {
  for (const dbm of ['gnu', 'ndbm'] as const) {
    const { failed, lost, refusals, ids } = await contend(dbm, 'Refuse');
    expect({ failed, lost }, dbm).toEqual({ failed: {}, lost: [] });
    expect(ids.filter((id) => id.startsWith('live'))).toHaveLength(300);
    // Where the kernel saw it have the file open, the run gave way and said so.
    for (const refusal of refusals) expect(refusal).toMatch(/^LockTimeout: Expected nobody to have .* open/);
  }
});

test('gnu is cleaned in use where that is tolerated: requests wait, none fails, no session is lost', async () => {
  const { failed, lost, deleted, refusals, ids } = await contend('gnu', 'Tolerate');
  expect({ failed, lost, deleted, refusals }).toEqual({ failed: {}, lost: [], deleted: 60, refusals: [] });
  expect(ids).toHaveLength(300);
});

test('ndbm and dumb are never cleaned in use, and the sentence says why and what to do', async () => {
  for (const dbm of ['ndbm', 'dumb'] as const) {
    await using shelf = await TestShelf.make();
    await shelf.setUp({ dbm });
    await expect(shelf.cleanUp({ whileInUse: 'Tolerate' })).rejects.toMatchObject({
      reason: 'UnsupportedServer',
      message: expect.stringMatching(
        /has no lock, so sessions .* would be lost\. Nothing was deleted\. Leave whileInUse out/,
      ),
    });
  }
});
