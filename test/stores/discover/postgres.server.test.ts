import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectionDefaults } from '../../../src/api/backends/postgres.ts';
import type { Finding } from '../../../src/stores/discover/finding.ts';
import { discoverAt } from '../../../src/stores/postgres/discover.ts';
import { settingsFrom } from '../../../src/stores/server-options.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { sharedPostgres, unique } from '../../servers/shared.ts';
import { connectPgSimpleTable, markedAs } from '../postgres/fixture.ts';
import { assumptions, collected } from './collected.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await sharedPostgres();
});
afterAll(async () => postgres[Symbol.asyncDispose]());

const djangoTable = `
  CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text NOT NULL, expire_date timestamptz NOT NULL);
  CREATE INDEX django_session_expire_date_a5c62663 ON django_session (expire_date);`;
const laravelTable = `
  CREATE TABLE sessions (id varchar(255) PRIMARY KEY, user_id bigint, ip_address varchar(45), user_agent text,
    payload text NOT NULL, last_activity integer NOT NULL);
  CREATE INDEX sessions_last_activity_index ON sessions (last_activity);`;

/** One in four, five and ten is stale. */
const fill = (count: number): string => `
  INSERT INTO django_session SELECT md5(n::text), repeat('x', 120),
      CASE WHEN n % 4 = 0 THEN timestamptz '2026-01-02 03:04:05Z' + n * interval '1 s' ELSE now() + interval '1 day' END
    FROM generate_series(1, ${count}) n;
  INSERT INTO sessions SELECT md5(n::text), n, '192.0.2.1', 'agent', repeat('x', 120),
      extract(epoch FROM now())::int - CASE WHEN n % 5 = 0 THEN 30 * 86400 ELSE 60 END
    FROM generate_series(1, ${count}) n;
  INSERT INTO session SELECT md5(n::text), '{}', now() + CASE WHEN n % 10 = 0 THEN interval '-2 day' ELSE interval '1 day' END
    FROM generate_series(1, ${count}) n;`;

/** A database of a role of its own. */
async function database(setUp: string, asSuperuser = '') {
  const role = await postgres.createRole(unique('app'));
  const name = await postgres.createDatabase(unique('shop'), role);
  await postgres.sql(`SET ROLE ${role.user}; ${setUp}; RESET ROLE; ${asSuperuser}`, { database: name });
  const { host, port } = postgres;
  const settings = settingsFrom({ host, port, ...role, database: name }, connectionDefaults);
  const look = (options: Partial<Parameters<typeof discoverAt>[1]> = {}) =>
    discoverAt(settings, { ...assumptions, ...options });
  return { name, role, look, found: (options = {}) => collected(look(options)) };
}

const of = (findings: readonly Finding[], table: string): Finding | undefined =>
  findings.find((finding) => finding.table === table);

test('the tables of three libraries with 100,000 sessions each are found with their counts', async () => {
  const { found, name } = await database(
    // Autovacuum adds a page to a table, the map of what it has seen: between the two readings of the size, too.
    `${djangoTable}${laravelTable}${connectPgSimpleTable()}
     ALTER TABLE django_session SET (autovacuum_enabled = false);
     ${fill(100_000)}
     CREATE TABLE orders (id bigint PRIMARY KEY, updated_at timestamptz);`,
  );
  const findings = await found();
  expect(findings.map(({ table, candidates: [first] }) => [table, first?.layout])).toEqual([
    ['django_session', 'django'],
    ['session', 'connect-pg-simple'],
    ['sessions', 'laravel'],
  ]);
  expect(of(findings, 'django_session')).toMatchObject({
    backend: 'postgres',
    schema: 'public',
    counts: {
      sessions: 100_000,
      stale: 25_000,
      unreadable: 0,
      isEstimate: false,
      oldestStale: '2026-01-02T03:04:09.000Z',
    },
    index: 'yes',
    notes: [],
  });
  expect(of(findings, 'sessions')).toMatchObject({
    counts: { sessions: 100_000, stale: 20_000, isEstimate: false },
    index: 'yes',
    assumed: { unmodifiedFor: '14d' },
  });
  expect(of(findings, 'session')).toMatchObject({
    counts: { sessions: 100_000, stale: 10_000, isEstimate: false },
    index: 'no',
    assumed: {},
    notes: [expect.stringContaining('assumes that its times are in the zone Etc/UTC')],
  });
  const [size] = await postgres.sql<{ bytes: string }>(
    `SELECT pg_total_relation_size('django_session') AS bytes`,
    { database: name },
  );
  expect(of(findings, 'django_session')?.bytes).toBe(Number(size?.bytes));
});

test('a table above the limit is counted by a sample and the statistics', async () => {
  const { found } = await database(
    `${djangoTable}${laravelTable}${connectPgSimpleTable()}${fill(20_000)} ANALYZE`,
  );
  const counts = of(await found({ exactPages: 100 }), 'django_session')?.counts;
  expect(counts).toMatchObject({ isEstimate: true, sessions: 20_000 });
  expect(counts?.stale).toBeGreaterThan(3000);
  expect(counts?.stale).toBeLessThan(7000);
});

test('statistics of the time when a table was empty say nothing of its sessions', async () => {
  const { found, name } = await database(
    `${connectPgSimpleTable()} ALTER TABLE session SET (autovacuum_enabled = false)`,
  );
  await postgres.sql('VACUUM session', { database: name });
  expect((await found({ exactPages: 100 }))[0]?.counts?.sessions).toBe(0);
  await postgres.sql(
    `INSERT INTO session SELECT md5(n::text), '{}', now() - interval '2 day' FROM generate_series(1, 40000) n`,
    { database: name },
  );
  const [finding] = await found({ exactPages: 100 });
  expect(finding?.counts?.isEstimate).toBe(true);
  expect(finding?.counts?.sessions).toBeGreaterThan(0);
});

test('schemas are all looked into, or those of a pattern, and partitions count with their table', async () => {
  const { found } = await database(`
    CREATE SCHEMA tenant_a; CREATE SCHEMA tenant_b; CREATE SCHEMA other;
    SET search_path = tenant_a; ${connectPgSimpleTable()} SET search_path = tenant_b; ${connectPgSimpleTable()}
    CREATE TABLE other.session (sid varchar NOT NULL, sess json NOT NULL, expire timestamptz NOT NULL) PARTITION BY HASH (sid);
    CREATE TABLE other.session_0 PARTITION OF other.session FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE other.session_1 PARTITION OF other.session FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    INSERT INTO other.session SELECT n::text, '{}', now() - interval '1 day' FROM generate_series(1, 100) n`);
  const schemas = (findings: readonly Finding[]) => findings.map(({ schema, table }) => `${schema}.${table}`);
  const findings = await found();
  expect(schemas(findings)).toEqual(['other.session', 'tenant_a.session', 'tenant_b.session']);
  expect(findings[0]?.counts).toMatchObject({ sessions: 100, stale: 100 });
  const isWanted = (schema: string) => schema.startsWith('tenant_');
  expect(schemas(await found({ isWanted }))).toEqual(['tenant_a.session', 'tenant_b.session']);
});

test('a table that the role may not read is named, and one that disappears meanwhile as well', async () => {
  const { look, name } = await database(
    `CREATE TABLE session_a (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp NOT NULL);
     CREATE TABLE session_b (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp NOT NULL)`,
    connectPgSimpleTable('admin_session'),
  );
  const findings: Finding[] = [];
  for await (const finding of look()) {
    findings.push(finding);
    if (finding.table === 'session_a') await postgres.sql('DROP TABLE session_b', { database: name });
  }
  expect(of(findings, 'admin_session')).toMatchObject({
    candidates: [{ layout: 'connect-pg-simple' }],
    notes: [expect.stringContaining('may not be read by this role')],
  });
  expect(of(findings, 'admin_session')?.counts).toBeUndefined();
  expect(of(findings, 'session_b')?.notes).toEqual(['disappeared meanwhile']);
});

test('a table that another session has locked does not hold the search up', async () => {
  const { found, name } = await database(connectPgSimpleTable());
  const client = await postgres.client({ database: name });
  await client.query('BEGIN; LOCK TABLE session IN ACCESS EXCLUSIVE MODE');
  const [finding] = await found();
  await client.end();
  expect(finding?.notes).toEqual([expect.stringMatching(/^could not be counted: .*55P03/)]);
});

test('tables that look like sessions point at a layout of one’s own, and tables of other things are left out', async () => {
  const { found } = await database(`
    CREATE TABLE web_sessions (id bigint PRIMARY KEY, blob bytea, good_until timestamptz);
    CREATE TABLE invitations (id text PRIMARY KEY, user_id text, expires_at timestamptz)`);
  expect(await found()).toEqual([
    {
      backend: 'postgres',
      schema: 'public',
      table: 'web_sessions',
      candidates: [],
      assumed: {},
      bytes: expect.any(Number),
      notes: [
        'looks like sessions by its name; its time may be in good_until; a manifest with layout: custom can describe it',
      ],
    },
  ]);
});

test('a table that set-up has marked is its SessionStore’s', async () => {
  const { found } = await database(`${connectPgSimpleTable()} ${markedAs('adopted')}`);
  expect(await found()).toMatchObject([{ table: 'session', claimedBy: 'shop/web' }]);
});

test('every statement runs in a transaction that may not write', async () => {
  // The policy looks at each row's transaction.
  const { found } = await database(
    '',
    `${connectPgSimpleTable()}
     CREATE FUNCTION only_reading() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
       IF current_setting('transaction_read_only') <> 'on' THEN RAISE 'not read-only'; END IF; RETURN true; END $$;
     INSERT INTO session VALUES ('a', '{}', now()), ('b', '{}', now());
     ALTER TABLE session ENABLE ROW LEVEL SECURITY;
     CREATE POLICY reading ON session USING (only_reading());
     GRANT SELECT ON session TO PUBLIC`,
  );
  const [finding] = await found();
  expect(finding?.counts?.sessions).toBe(2);
  expect(finding?.notes).toContainEqual(expect.stringMatching(/^set-up would refuse it: row-level security/));
});
