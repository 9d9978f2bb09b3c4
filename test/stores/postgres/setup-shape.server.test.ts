import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestPostgres } from '../../servers/postgres.ts';
import { sharedPostgres } from '../../servers/shared.ts';
import { refusal } from '../refusal.ts';
import { connectPgSimpleTable, makeShop } from './fixture.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await sharedPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const fits = connectPgSimpleTable();
const partitioned = `
  CREATE TABLE session (sid varchar NOT NULL, sess json NOT NULL, expire timestamp(6) NOT NULL) PARTITION BY HASH (sid);
  CREATE TABLE session_0 PARTITION OF session FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE session_1 PARTITION OF session FOR VALUES WITH (MODULUS 2, REMAINDER 1);`;
const trigger = (table: string, when: string) => `
  CREATE FUNCTION log_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';
  CREATE TRIGGER audit ${when} ON ${table} FOR EACH ROW EXECUTE FUNCTION log_it();`;

test.each<[string, string, RegExp]>([
  [
    'a column that is missing',
    'CREATE TABLE session (sid varchar, expire timestamp)',
    /column sess is missing/,
  ],
  [
    'a column of another type',
    'CREATE TABLE session (sid varchar PRIMARY KEY, sess json NOT NULL, expire bigint NOT NULL)',
    /column expire is bigint \(expected timestamp\(6\) without time zone or/,
  ],
  [
    'a column that may be NULL',
    'CREATE TABLE session (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp)',
    /column expire may be NULL/,
  ],
  [
    'a column that the library does not fill',
    `${fits} ALTER TABLE session ADD tenant int NOT NULL`,
    /column tenant is NOT NULL without a default/,
  ],
  ['a view', 'CREATE VIEW session AS SELECT 1 AS sid', /it is a view/],
  ['an index of that name', 'CREATE TABLE t (a int); CREATE INDEX session ON t (a)', /it is an index/],
  [
    'a parent that others inherit from',
    `${fits} CREATE TABLE heir () INHERITS (session)`,
    /other tables inherit from it/,
  ],
  [
    'row-level security that applies to the role',
    `${fits} ALTER TABLE session ENABLE ROW LEVEL SECURITY; ALTER TABLE session FORCE ROW LEVEL SECURITY`,
    /row-level security on session/,
  ],
  [
    'row-level security on one partition',
    `${partitioned} ALTER TABLE session_1 ENABLE ROW LEVEL SECURITY; ALTER TABLE session_1 FORCE ROW LEVEL SECURITY`,
    /row-level security on session_1/,
  ],
  ['a trigger on delete', `${fits} ${trigger('session', 'BEFORE DELETE')}`, /trigger audit on session runs/],
  [
    'a trigger on a partition',
    `${partitioned} ${trigger('session_0', 'AFTER DELETE')}`,
    /trigger audit on session_0/,
  ],
  [
    'a rule on delete',
    `${fits} CREATE RULE keep AS ON DELETE TO session DO INSTEAD NOTHING`,
    /rule keep on session changes every DELETE/,
  ],
  [
    'a foreign key that cascades',
    `${fits} CREATE TABLE cart (sid varchar REFERENCES session ON DELETE CASCADE)`,
    /foreign key cart_sid_fkey of cart deletes rows there, too/,
  ],
  [
    'a foreign key that sets NULL',
    `${fits} CREATE TABLE cart (sid varchar REFERENCES session ON DELETE SET NULL)`,
    /cart_sid_fkey of cart sets its column to NULL/,
  ],
])('%s is refused, and named', async (_name, setUpSql, words) => {
  const shop = await makeShop(postgres, setUpSql);
  await refusal('ShapeMismatch', words)(shop.setUp());
});

test('a partition that is a foreign table is refused', async () => {
  const shop = await makeShop(postgres, partitioned.replace('2, REMAINDER 1', '4, REMAINDER 1'));
  await shop.sql(`CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
    CREATE FOREIGN TABLE session_far PARTITION OF session FOR VALUES WITH (MODULUS 4, REMAINDER 3) SERVER far`);
  await refusal('ShapeMismatch', /partition session_far is a foreign table/)(shop.setUp());
});

test.each<[string, string, RegExp[]]>([
  ['a partitioned table', partitioned, [/no index on expire/, /no unique index on sid alone/]],
  [
    'a trigger on insert, and one that is disabled',
    `${fits} ${trigger('session', 'BEFORE INSERT')}`,
    [/no index/],
  ],
  [
    'row-level security that lets the owner through',
    `${fits} ALTER TABLE session ENABLE ROW LEVEL SECURITY`,
    [/no index on expire/],
  ],
  [
    'a foreign key that restricts',
    `${fits} CREATE TABLE cart (sid varchar REFERENCES session)`,
    [/no index on expire/, /cart_sid_fkey of cart keeps the sessions.*has no index there/],
  ],
])('%s is adopted, with what one should know', async (_name, setUpSql, notes) => {
  const shop = await makeShop(postgres, setUpSql);
  const report = await shop.setUp();
  expect(report).toMatchObject({ outcome: 'Adopted', marked: true });
  expect(report.notes).toEqual(notes.map((note) => expect.stringMatching(note)));
});
