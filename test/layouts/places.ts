import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { until } from '../../scripts/cluster/run.ts';
import type { BackendName } from '../../src/api/backends/index.ts';
import { layoutIn, type StoreSpec } from '../../src/api/effective.ts';
import { openStore } from '../../src/stores/index.ts';
import type { ByteStore } from '../../src/stores/session-store.ts';
import type { Flavour, TestMysql } from '../servers/mysql.ts';
import type { TestPostgres } from '../servers/postgres.ts';
import { sharedMysql, sharedPostgres, unique } from '../servers/shared.ts';

const run = promisify(execFile);

/** A database or a folder in which a library and the operator meet. */
export interface Place {
  readonly backend: BackendName;
  /** Of the library's `open`. */
  readonly at: { readonly url?: string; readonly folder?: string };
  /** The store as the operator's runs open it. */
  open(spec: Omit<StoreSpec, 'backend'>, table?: Table): Promise<ByteStore>;
  /** Sessions in it, dead or alive. */
  count(table: Table): Promise<number>;
  /** The same sessions in another place; nothing may be connected to this one meanwhile. */
  copy(): Promise<Place>;
  /** The form of the place, without its sessions and without the operator's mark. */
  shape(): Promise<string>;
}

export interface Table {
  readonly schema?: string | undefined;
  readonly table: string;
}

/** Makes places of one kind; disposing of it removes them all. */
export interface Places extends AsyncDisposable {
  fresh(): Promise<Place>;
}

export type PlaceKind = 'postgres' | Flavour | 'directory';

export const placesOf = (kind: PlaceKind): Promise<Places> => {
  if (kind === 'directory') return folders();
  return kind === 'postgres' ? postgresDatabases() : mysqlDatabases(kind);
};

const secret = { connection: { secretName: 'db' } };

async function opened(
  backend: BackendName,
  spec: StoreSpec,
  paths: { readonly connectionPath?: string; readonly volumePath?: string },
): Promise<ByteStore> {
  const timeZone = spec.layoutOptions?.timeZone;
  return openStore(backend, {
    connectionPath: '',
    volumePath: '',
    ...paths,
    layout: layoutIn(spec),
    spec: spec.backend[backend],
    ...(timeZone !== undefined && { timeZone }),
  });
}

async function postgresDatabases(): Promise<Places> {
  const server = await sharedPostgres();
  return {
    fresh: () => postgresDatabase(server),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function postgresDatabase(server: TestPostgres): Promise<Place> {
  const role = await server.createRole(unique('app'));
  const database = await server.createDatabase(unique('library'), role);
  await server.sql(`ALTER SCHEMA public OWNER TO ${role.user}`, { database });
  return postgresPlace(server, role, database);
}

async function postgresPlace(
  server: TestPostgres,
  role: { readonly user: string; readonly password: string },
  database: string,
): Promise<Place> {
  const connectionPath = await server.connectionFolder(role, database);
  const url = `postgresql://${role.user}:${role.password}@${server.host}:${server.port}/${database}`;
  return {
    backend: 'postgres',
    at: { url },
    open: (spec, table) =>
      opened('postgres', { ...spec, backend: { postgres: { ...secret, ...table } } }, { connectionPath }),
    count: async ({ schema = 'public', table }) => {
      const [row] = await server.sql<{ count: string }>(`SELECT count(*) FROM "${schema}"."${table}"`, {
        database,
      });
      return Number(row?.count);
    },
    copy: async () => {
      // A connection that the library has closed may still be ending on the server, which would refuse to copy.
      const connected = `SELECT FROM pg_stat_activity WHERE datname = '${database}'`;
      await until(
        'the last connection to end',
        60_000,
        async () => (await server.sql(connected)).length === 0,
      );
      return postgresPlace(server, role, await server.createDatabase(unique('copy'), role, database));
    },
    shape: async () => {
      const { stdout } = await run('pg_dump', ['--schema-only', '--no-owner', '--no-comments', url]);
      const noise = /^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*|)\n/gm;
      return stdout.replace(noise, '');
    },
  };
}

async function mysqlDatabases(flavour: Flavour): Promise<Places> {
  const server = await sharedMysql(flavour);
  return { fresh: () => mysqlDatabase(server), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function mysqlDatabase(server: TestMysql): Promise<Place> {
  const role = await server.createRole(unique('app'));
  return mysqlPlace(server, role, await server.createDatabase(unique('library'), role));
}

async function mysqlPlace(
  server: TestMysql,
  role: { readonly user: string; readonly password: string },
  database: string,
): Promise<Place> {
  const connectionPath = await server.connectionFolder(role, database);
  const url = `mysql://${role.user}:${role.password}@${server.host}:${server.port}/${database}`;
  const tables = async () =>
    (
      await server.sql<{ name: string }>(`SELECT TABLE_NAME AS name FROM information_schema.TABLES
       WHERE TABLE_SCHEMA = '${database}' ORDER BY TABLE_NAME`)
    ).map(({ name }) => name);
  return {
    backend: 'mysql',
    at: { url },
    open: (spec, table) =>
      opened(
        'mysql',
        { ...spec, backend: { mysql: { ...secret, ...(table && { table: table.table }) } } },
        { connectionPath },
      ),
    count: async ({ table }) => {
      const [row] = await server.sql<{ rows: number }>(`SELECT COUNT(*) AS \`rows\` FROM \`${table}\``, {
        database,
      });
      return Number(row?.rows);
    },
    copy: async () => {
      const other = await server.createDatabase(unique('copy'), role);
      for (const name of await tables()) {
        const copy = `\`${other}\`.\`${name}\``;
        await server.sql(
          `CREATE TABLE ${copy} LIKE \`${database}\`.\`${name}\`; INSERT INTO ${copy} SELECT * FROM \`${database}\`.\`${name}\``,
        );
      }
      return mysqlPlace(server, role, other);
    },
    shape: async () => {
      const made: string[] = [];
      for (const name of await tables()) {
        const [row] = await server.sql<Record<string, string>>(`SHOW CREATE TABLE \`${name}\``, { database });
        made.push(
          (row?.['Create Table'] ?? '')
            .replace(/ COMMENT='(?:[^']|'')*'/g, '')
            .replace(/ AUTO_INCREMENT=\d+/, '')
            // The default of both servers, which set-up names all the same.
            .replace(' ROW_FORMAT=DYNAMIC', ''),
        );
      }
      return made.join('\n');
    },
  };
}

async function folders(): Promise<Places> {
  const root = await mkdtemp(path.join(tmpdir(), 'library-'));
  return {
    fresh: async () => folderPlace(path.join(root, unique('volume'))),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

async function folderPlace(volumePath: string): Promise<Place> {
  await mkdir(volumePath, { recursive: true });
  const folder = path.join(volumePath, 'sessions');
  const names = async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  };
  return {
    backend: 'directory',
    at: { folder },
    open: (spec) =>
      opened(
        'directory',
        { ...spec, backend: { directory: { claimName: 'claim', path: 'sessions' } } },
        { volumePath },
      ),
    count: async () => (await names()).length,
    copy: async () => {
      const other = `${volumePath}-copy`;
      await cp(volumePath, other, { recursive: true, preserveTimestamps: true });
      return folderPlace(other);
    },
    shape: async () => '',
  };
}
