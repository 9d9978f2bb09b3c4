import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { session3 } from '../../../src/layouts/session3.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { sharedPostgres } from '../../servers/shared.ts';
import { refusal } from '../refusal.ts';
import { cleanUp, fill, left, sessionsTable } from './cleanup-fixture.ts';
import { makeShop, owner } from './fixture.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await sharedPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

describe('before its first DELETE', () => {
  const spoilt: [string, string, string, RegExp][] = [
    ['a table that is gone', '', 'StoreMissing', /Expected table public.sessions/],
    ['a view', 'CREATE VIEW sessions AS SELECT 1 AS id', 'ShapeMismatch', /it is a view/],
    [
      'a parent of others',
      `${sessionsTable} CREATE TABLE heir () INHERITS (sessions);`,
      'ShapeMismatch',
      /inherit/,
    ],
    [
      'row-level security that applies to the role',
      `${sessionsTable} ALTER TABLE sessions ENABLE ROW LEVEL SECURITY; ALTER TABLE sessions FORCE ROW LEVEL SECURITY;`,
      'ShapeMismatch',
      /row-level security/,
    ],
    [
      'a rule on DELETE',
      `${sessionsTable} CREATE RULE keep AS ON DELETE TO sessions DO INSTEAD NOTHING;`,
      'ShapeMismatch',
      /rule keep/,
    ],
    [
      'a cascading key',
      `${sessionsTable} CREATE TABLE cart (id text REFERENCES sessions ON DELETE CASCADE);`,
      'ShapeMismatch',
      /cart/,
    ],
  ];
  test.each(spoilt)('%s is refused', async (_what, setUpSql, reason, words) => {
    const shop = await makeShop(postgres, setUpSql);
    await refusal(reason, words)(cleanUp(shop, { owner }));
  });

  test('a table that another SessionStore owns is a Conflict, and nothing is deleted', async () => {
    const shop = await makeShop(postgres);
    await shop.setUp({ layout: session3.name, owner: { ...owner, name: 'other' } });
    await shop.sql(fill(10, 10));
    await refusal('Conflict', /shop\/other/)(cleanUp(shop, { owner }));
    expect(await left(shop)).toEqual({ stale: 10, live: 10 });
    expect(await cleanUp(shop, { owner: { ...owner, name: 'other' } })).toMatchObject({ deleted: 10 });
  });

  test('a table without a mark is cleaned only where set-up could put none', async () => {
    const shop = await makeShop(postgres, sessionsTable + fill(10, 10));
    for (const marked of [undefined, true]) {
      const options = { owner, ...(marked !== undefined && { marked }) };
      await refusal('StoreMissing', /mark of this SessionStore/, /set-up has to run/)(cleanUp(shop, options));
    }
    expect(await left(shop)).toEqual({ stale: 10, live: 10 });
    expect(await cleanUp(shop, { owner, marked: false })).toMatchObject({ deleted: 10, remaining: 10 });
  });
});
