import fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../scripts/cluster/run.ts';
import { venvPython } from '../scripts/cluster/venv.ts';
import { type Flavour, startMysql } from '../test/servers/mysql.ts';
import { startPostgres } from '../test/servers/postgres.ts';
import { makers } from '../test/stores/conformance/makers.ts';
import type { BenchStoreOptions } from './bench-store.ts';
import type { Order } from './cleaner.ts';
import { fillFolder, makeRoot } from './directory.ts';
import { mysqlRows, mysqlSettings, mysqlTable } from './mysql.ts';
import { postgresRows, postgresSettings, reaching } from './postgres.ts';

/** A store that is filled once, with 95 of 100 sessions old. */
interface ScaleStore extends AsyncDisposable {
  readonly reached: Pick<Order, 'kind' | 'options'>;
  /** Bytes on the disk. */
  size(): Promise<number>;
  /** Bytes that the server has written to its logs so far. */
  log(): Promise<number>;
}

/** One of so many is live. */
const live = 20;

async function postgresAtScale({ sessions, index = false }: BenchStoreOptions): Promise<ScaleStore> {
  const server = await startPostgres({ settings: { ...postgresSettings, maintenance_work_mem: "'1GB'" } });
  await server.sql(`CREATE TABLE sessions (id text, pickle bytea NOT NULL, modify_time timestamptz NOT NULL DEFAULT now());
    INSERT INTO sessions ${postgresRows(sessions, live)};
    ALTER TABLE sessions ADD PRIMARY KEY (id);
    ${index ? 'CREATE INDEX ON sessions (modify_time);' : ''}`);
  await server.sql('VACUUM ANALYZE sessions');
  await server.sql('CHECKPOINT');
  const number = async (text: string) =>
    Number((await server.sql<{ bytes: string }>(`SELECT ${text} AS bytes`))[0]?.bytes);
  return {
    reached: { kind: 'postgres', options: reaching(server) },
    size: () => number(`pg_total_relation_size('sessions')`),
    log: () => number(`pg_current_wal_lsn() - '0/0'`),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function mysqlAtScale(
  flavour: Flavour,
  { sessions, index = false }: BenchStoreOptions,
): Promise<ScaleStore> {
  const database = 'bench';
  const server = await startMysql(flavour, { settings: mysqlSettings(flavour) });
  await server.createDatabase(database);
  await server.sql(
    `SET time_zone = '+00:00', sql_log_bin = OFF; ${mysqlTable};
    INSERT INTO sessions ${mysqlRows(sessions, live, "LPAD(n, 56, '0')")};
    ${index ? 'CREATE INDEX modify_time ON sessions (modify_time);' : ''} ANALYZE TABLE sessions`,
    { database },
  );
  const { host, port, superuser } = server;
  const innodb = flavour === 'mysql' ? 'INNODB_TABLESPACES' : 'INNODB_SYS_TABLESPACES';
  const files = `SELECT FILE_SIZE AS bytes FROM information_schema.${innodb} WHERE NAME = '${database}/sessions'`;
  return {
    reached: {
      kind: 'mysql',
      options: { host, port, user: superuser.user, password: superuser.password, database },
    },
    size: async () => Number((await server.sql<{ bytes: string }>(files))[0]?.bytes),
    log: async () => {
      const binary = await server.sql<{ File_size: string }>('SHOW BINARY LOGS');
      const redo = await server.sql<{ Value: string }>(`SHOW GLOBAL STATUS LIKE 'Innodb_os_log_written'`);
      return binary.reduce((sum, { File_size: size }) => sum + Number(size), Number(redo[0]?.Value));
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function directoryAtScale({ sessions }: BenchStoreOptions): Promise<ScaleStore> {
  const root = makeRoot();
  const path = join(root, 'sessions');
  fillFolder(path, sessions, live);
  return {
    reached: { kind: 'directory', options: { path } },
    // Of the folder itself, which shrinks on few file systems.
    size: async () => fs.statSync(path).size,
    log: async () => 0,
    [Symbol.asyncDispose]: async () => fs.rmSync(root, { recursive: true, force: true }),
  };
}

/** In session3's form, or moved to the safe one by set-up. */
async function pythonAtScale(
  kind: 'shelve' | 'durus',
  form: 'Session3' | 'Safe',
  { sessions }: BenchStoreOptions,
): Promise<ScaleStore> {
  const root = makeRoot();
  const path = join(root, 'sessions');
  const python = await venvPython();
  const fill = fileURLToPath(new URL('./fill.py', import.meta.url));
  await run(python, ['-B', fill, kind, path, String(sessions), String(live)]);
  const options = { path, python, form };
  {
    await using store = makers[kind](options);
    const owner = { installation: 'bench', namespace: 'bench', name: 'bench' };
    await store.setup({ owner, ifExists: 'Adopt', migrate: form === 'Safe' });
  }
  return {
    reached: { kind, options },
    size: async () => fs.statSync(path).size,
    log: async () => 0,
    [Symbol.asyncDispose]: async () => fs.rmSync(root, { recursive: true, force: true }),
  };
}

export const scaleStores: Readonly<Record<string, (options: BenchStoreOptions) => Promise<ScaleStore>>> = {
  postgres: postgresAtScale,
  mysql: (options) => mysqlAtScale('mysql', options),
  mariadb: (options) => mysqlAtScale('mariadb', options),
  directory: directoryAtScale,
  shelve: (options) => pythonAtScale('shelve', 'Session3', options),
  'shelve-safe': (options) => pythonAtScale('shelve', 'Safe', options),
  durus: (options) => pythonAtScale('durus', 'Session3', options),
  'durus-safe': (options) => pythonAtScale('durus', 'Safe', options),
};
