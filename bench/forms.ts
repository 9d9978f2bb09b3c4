/**
 * The cost of each form of time: `pace: full` over one table for each, nine of ten sessions stale, with an index on the
 * time and without one. Prints the median of each form, and its ratio to the fastest form of the same kind.
 *
 *   node bench/forms.ts postgres|mysql|mariadb [--rounds 3] [--sessions 1000000]
 */
import { parseArgs } from 'node:util';
import type { Layout } from '../src/layouts/layout.ts';
import type { AgeRule, RowTime, TableForm } from '../src/layouts/table-form.ts';
import { MysqlSessionStore, PostgresSessionStore } from '../src/stores/library.ts';
import { startMysql } from '../test/servers/mysql.ts';
import { startPostgres } from '../test/servers/postgres.ts';
import { expectDeleted, staleOf } from './bench-store.ts';
import { median, numberOf, say, timed } from './measure.ts';
import { mysqlRows, mysqlSettings } from './mysql.ts';
import { postgresRows, postgresSettings, reaching } from './postgres.ts';

interface Form {
  readonly name: string;
  readonly type: string;
  /** The column's value, as SQL over `at`, an instant. */
  readonly value: string;
  readonly time: Omit<RowTime, 'column'>;
  readonly plus?: AgeRule['plus'];
}

const timeZone = 'America/New_York';

const postgresForms: readonly Form[] = [
  { name: 'timestamptz', type: 'timestamptz', value: 'at', time: {} },
  { name: 'timestamp, UTC', type: 'timestamp', value: "at AT TIME ZONE 'UTC'", time: { zone: 'UTC' } },
  {
    name: 'timestamp, application',
    type: 'timestamp',
    value: `at AT TIME ZONE '${timeZone}'`,
    time: { zone: 'application' },
  },
  { name: 'integer, s', type: 'integer', value: 'extract(epoch FROM at)::int', time: { unit: 's' } },
  {
    name: 'bigint, ms',
    type: 'bigint',
    value: '(extract(epoch FROM at) * 1000)::bigint',
    time: { unit: 'ms' },
  },
  { name: 'double, s', type: 'float8', value: 'extract(epoch FROM at)::float8', time: { unit: 's' } },
  {
    name: 'bigint + lifetime',
    type: 'bigint',
    value: '(extract(epoch FROM at) * 1000)::bigint - 1800000',
    time: { unit: 'ms' },
    plus: { column: 'lifetime', unit: 's' },
  },
];

const mysqlForms: readonly Form[] = [
  { name: 'TIMESTAMP', type: 'timestamp', value: 'at', time: {} },
  { name: 'TIMESTAMP, through the session', type: 'timestamp', value: 'at', time: { throughSession: true } },
  { name: 'DATETIME, UTC', type: 'datetime', value: 'at', time: { zone: 'UTC' } },
  {
    name: 'DATETIME, application',
    type: 'datetime',
    value: 'at - INTERVAL 4 HOUR',
    time: { zone: 'application' },
  },
  { name: 'int unsigned, s', type: 'int unsigned', value: 'UNIX_TIMESTAMP(at)', time: { unit: 's' } },
  { name: 'bigint, ms', type: 'bigint', value: 'UNIX_TIMESTAMP(at) * 1000', time: { unit: 'ms' } },
  { name: 'double, s', type: 'double', value: 'UNIX_TIMESTAMP(at)', time: { unit: 's' } },
  {
    name: 'bigint + lifetime',
    type: 'bigint',
    value: '(UNIX_TIMESTAMP(at) - 1800) * 1000',
    time: { unit: 'ms' },
    plus: { column: 'lifetime', unit: 's' },
  },
];

function layoutOf({ time, plus }: Form): Layout {
  const form: TableForm = {
    table: 'sessions',
    columns: [],
    key: { column: 'id', is: 'primary' },
    rules: [{ at: { column: 't', ...time }, ...(plus && { plus }) }],
    payload: 'payload',
    indexes: [],
    timeIndex: { name: 't', column: 't' },
    hasOtherColumns: true,
  };
  const library = { versions: '', proof: 'source', readsCheckExpiry: true, cleansItself: '' } as const;
  const about = { name: 'bench', title: '', source: '', library, age: 'modified' } as const;
  return { ...about, postgres: form, mysql: form };
}

/** A server with sessions, whose table can be made in any form. */
interface Bench extends AsyncDisposable {
  readonly forms: readonly Form[];
  fill(form: Form, index: boolean): Promise<void>;
  clean(layout: Layout): Promise<unknown>;
}

async function postgresBench(sessions: number): Promise<Bench> {
  const server = await startPostgres({ settings: postgresSettings });
  const admin = await server.client();
  await admin.query(`CREATE TABLE template AS ${postgresRows(sessions, 10)}`);
  return {
    forms: postgresForms,
    fill: async ({ type, value }, index) => {
      await admin.query(`
        DROP TABLE IF EXISTS sessions;
        CREATE TABLE sessions (id text PRIMARY KEY, payload bytea, t ${type} NOT NULL, lifetime integer NOT NULL);
        INSERT INTO sessions SELECT id, pickle, ${value}, 1800 FROM (SELECT id, pickle, modify_time AS at FROM template) AS t;
        ${index ? 'CREATE INDEX t ON sessions (t);' : ''}`);
      await admin.query('VACUUM ANALYZE sessions');
      await admin.query('CHECKPOINT');
    },
    clean: async (layout) => {
      await using store = new PostgresSessionStore({ ...reaching(server), layout, timeZone });
      expectDeleted(await store.deleteOldSessions({ ageSeconds: 86_400, pace: 'full' }), staleOf(sessions));
    },
    [Symbol.asyncDispose]: async () => {
      await admin.end();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function mysqlBench(flavour: 'mysql' | 'mariadb', sessions: number): Promise<Bench> {
  const server = await startMysql(flavour, { settings: mysqlSettings(flavour) });
  const database = await server.createDatabase('bench');
  const admin = await server.client({ database });
  await admin.query(`SET time_zone = '+00:00', sql_log_bin = OFF;
    CREATE TABLE template (id varchar(255), pickle longblob, modify_time timestamp) AS
    ${mysqlRows(sessions, 10, 'SHA2(n, 224)')}`);
  const { host, port, superuser } = server;
  const place = { host, port, user: superuser.user, password: superuser.password, database };
  return {
    forms: mysqlForms,
    fill: async ({ type, value }, index) => {
      await admin.query(`
        DROP TABLE IF EXISTS sessions;
        CREATE TABLE sessions (id varchar(64) PRIMARY KEY, payload longblob, t ${type} NOT NULL, lifetime int NOT NULL);
        INSERT INTO sessions SELECT id, pickle, ${value}, 1800
          FROM (SELECT id, pickle, modify_time AS at FROM template) AS t ORDER BY id;
        ${index ? 'CREATE INDEX t ON sessions (t);' : ''} ANALYZE TABLE sessions`);
    },
    clean: async (layout) => {
      await using store = new MysqlSessionStore({ ...place, layout, timeZone });
      expectDeleted(await store.deleteOldSessions({ ageSeconds: 86_400, pace: 'full' }), staleOf(sessions));
    },
    [Symbol.asyncDispose]: async () => {
      await admin.end();
      await server[Symbol.asyncDispose]();
    },
  };
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    sessions: { type: 'string', default: '1000000' },
  },
});
const [server = ''] = positionals;
const sessions = numberOf(values.sessions);
if (server !== 'postgres' && server !== 'mysql' && server !== 'mariadb')
  throw new Error(`Expected postgres, mysql or mariadb; found ${server || 'nothing'}`);
await using bench = await (server === 'postgres' ? postgresBench(sessions) : mysqlBench(server, sessions));

/** Rounds over all forms, so that what else the machine does meets each of them. */
for (const index of [false, true]) {
  const forms = bench.forms.filter(({ plus }) => !(index && plus));
  const times = new Map<Form, number[]>(forms.map((form) => [form, []]));
  for (let round = 0; round < numberOf(values.rounds); round++)
    for (const form of forms) {
      await bench.fill(form, index);
      times.get(form)?.push(await timed(() => bench.clean(layoutOf(form))));
    }
  const medians = forms.map((form) => ({ form, ms: median(times.get(form) ?? []) }));
  const best = Math.min(...medians.map(({ ms }) => ms));
  for (const { form, ms } of medians)
    say(
      `${server}, ${index ? 'with' : 'without'} an index, ${form.name}: ${ms.toFixed(0)} ms, ${(ms / best).toFixed(2)}`,
    );
}
