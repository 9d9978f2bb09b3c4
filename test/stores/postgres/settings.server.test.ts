import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { PostgresSessionStore } from '../../../src/stores/postgres/store.ts';
import { startPostgres, type TestPostgres } from '../../servers/postgres.ts';
import { refusal } from '../refusal.ts';
import { cleanUp, fill, left, sessionsTable, timeIndex } from './cleanup-fixture.ts';
import { makeShop, owner, type Shop } from './fixture.ts';

let postgres: TestPostgres;
let shop: Shop;
beforeAll(async () => {
  postgres = await startPostgres();
  shop = await makeShop(postgres);
  await shop.sql(evil);
});
beforeEach(() =>
  shop.sql(`ALTER ROLE ${shop.role.user} RESET ALL; DROP TABLE IF EXISTS public.sessions, public.heap`),
);
afterAll(() => postgres[Symbol.asyncDispose]());

const setForRole = (setting: string) => shop.sql(`ALTER ROLE ${shop.role.user} SET ${setting}`);
const asOwner = (sql: string) => shop.sql(`SET ROLE ${shop.role.user}; ${sql}`);

const times = ['timestamptz', 'timestamp'];
/** A schema with operators, functions and types that have the names of PostgreSQL's own, and another meaning. */
const evil = `
  CREATE SCHEMA evil;
  GRANT USAGE ON SCHEMA evil TO public;
  ${times.map((type) => `CREATE FUNCTION evil.yes(${type}, ${type}) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true'`).join(';')};
  ${['<', '>=', '<='].flatMap((name) => times.map((type) => `CREATE OPERATOR evil.${name} (LEFTARG = ${type}, RIGHTARG = ${type}, FUNCTION = evil.yes)`)).join(';')};
  CREATE FUNCTION evil.all(text, text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';
  CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.all);
  CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql AS $$SELECT timestamptz '2100-01-01'$$;
  CREATE FUNCTION evil.make_interval(secs float8) RETURNS interval LANGUAGE sql AS $$SELECT interval '-100 years'$$;
  CREATE FUNCTION evil.current_setting(text) RETURNS text LANGUAGE sql AS $$SELECT '1'$$;
  CREATE FUNCTION evil.obj_description(oid, name) RETURNS text LANGUAGE sql AS $$SELECT ''$$;
  CREATE DOMAIN evil.bytea AS pg_catalog.text;
  CREATE DOMAIN evil.text AS pg_catalog.int4;
  CREATE DOMAIN evil.timestamptz AS pg_catalog.text;
  CREATE TABLE evil.pg_class (oid oid);`;

test.each([
  'search_path = evil, pg_catalog, public',
  "DateStyle = 'SQL, DMY'",
  'IntervalStyle = sql_standard',
  'TimeZone = "UTC+3"',
  'array_nulls = off',
  'backslash_quote = off',
  'bytea_output = escape',
  'client_encoding = LATIN1',
  'default_transaction_deferrable = on',
  'default_transaction_isolation = serializable',
  'enable_tidscan = off',
  'enable_indexscan = off',
  'exit_on_error = on',
  'extra_float_digits = -15',
  'force_parallel_mode = regress',
  'idle_in_transaction_session_timeout = 1',
  'plan_cache_mode = force_generic_plan',
  'quote_all_identifiers = on',
  'row_security = off',
  'session_replication_role = local',
  'standard_conforming_strings = off',
  'transform_null_equals = on',
])('a role with %s sets up, saves and cleans like any other', async (setting) => {
  await setForRole(setting);
  expect(await shop.setUp({ layout: 'session3' })).toMatchObject({ outcome: 'Created', marked: true });
  expect(await shop.setUp({ layout: 'session3' })).toMatchObject({ outcome: 'Verified', notes: [] });
  await shop.sql(`CREATE TABLE heap (LIKE sessions); ${fill(30, 1000)} ${fill(30, 1000, 'heap')}
    ALTER TABLE heap OWNER TO ${shop.role.user}`);

  const { host, port } = postgres;
  await using store = new PostgresSessionStore({ host, port, ...shop.role, database: shop.database });
  await store.saveSession('live-of-its-own', Buffer.from([0, 255, 92]));
  expect(await store.loadSession('live-of-its-own')).toEqual(Buffer.from([0, 255, 92]));
  await store.deleteSession('live-1');
  expect([await store.hasSession('live-1'), await store.hasSession('live-2')]).toEqual([false, true]);

  const [oldest] = await shop.sql<{ at: Date }>('SELECT min(modify_time) AS at FROM sessions');
  const counted = { deleted: 0, overdue: 30, remaining: 1030, oldestStale: oldest?.at.toISOString() };
  expect(await cleanUp(shop, { owner, dryRun: true })).toMatchObject(counted);
  for (const table of ['sessions', 'heap']) {
    const report = await cleanUp(shop, { owner, marked: false, table });
    expect(report).toMatchObject({ deleted: 30, overdue: 0, remaining: 1000, complete: true });
    expect(await left(shop, table)).toEqual({ stale: 0, live: 1000 });
  }
});

test('a naive column is compared by PostgreSQL’s own operators, too', async () => {
  await asOwner(sessionsTable.replace('timestamptz', 'timestamp') + timeIndex + fill(30, 300));
  await setForRole('search_path = evil, pg_catalog, public');
  expect(await cleanUp(shop)).toMatchObject({ deleted: 30, remaining: 300 });
});

test('a role for which foreign keys are switched off does not clean', async () => {
  await asOwner(sessionsTable + fill(10, 10));
  await setForRole('session_replication_role = replica');
  await refusal('UnsupportedServer', /session_replication_role.*RESET/)(cleanUp(shop));
  expect(await left(shop)).toEqual({ stale: 10, live: 10 });
});

test('a role that may only read by default is told so', async () => {
  await asOwner(sessionsTable + fill(10, 10));
  await setForRole('default_transaction_read_only = on');
  await refusal('ReadOnly')(cleanUp(shop));
});
