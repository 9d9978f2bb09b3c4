import { afterAll, beforeAll, expect, test } from 'vitest';
import { customLayoutOf } from '../../../src/layouts/custom.ts';
import { deleteOldSessions } from '../../../src/stores/postgres/cleanup.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { sharedPostgres } from '../../servers/shared.ts';
import { openContext } from './cleanup-fixture.ts';
import { makeShop } from './fixture.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await sharedPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

/** Rows that a collation, or a comparison as text of blanks, takes for `web`. */
const kinds = ['web', 'WEB', 'wéb', 'web '];

test.each([
  ['a collation for which upper and lower case are equal', 'text COLLATE alike'],
  ['the usual collation', 'text'],
  ['a fixed length', 'char(8)'],
])('with %s, only rows that are equal letter by letter are sessions', async (_what, type) => {
  const shop = await makeShop(
    postgres,
    `CREATE COLLATION alike (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
     CREATE TABLE tokens (id text PRIMARY KEY, kind ${type} NOT NULL, ends_at timestamptz NOT NULL);
     INSERT INTO tokens SELECT kind, kind, now() - interval '2 days' FROM unnest(ARRAY['${kinds.join("','")}']) kind;`,
  );
  const { postgres: layout } = customLayoutOf({
    means: 'expiry',
    table: { key: 'id', time: 'ends_at', only: { column: 'kind', equals: 'web' } },
  });
  if (!layout) throw new Error('Expected a form of the table');
  await using context = await openContext(shop, { table: 'tokens' });
  const report = await deleteOldSessions({ ...context, layout }, { ageSeconds: 300, pace: 'full' });
  const left = await shop.sql<{ id: string }>('SELECT id FROM tokens ORDER BY id COLLATE "C"');
  // A column of fixed length holds no blanks at its end.
  const others = type === 'char(8)' ? ['WEB', 'wéb'] : ['WEB', 'web ', 'wéb'];
  expect(left.map(({ id }) => id)).toEqual(others);
  expect(report.deleted).toBe(kinds.length - others.length);
});
