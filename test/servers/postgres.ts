import { type ChildProcess, execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../../scripts/cluster/free-port.ts';
import { type CertificateAuthority, certificateAuthority } from './certificates.ts';
import { dataDirectory } from './data-directory.ts';
import { startServer, stopServer } from './process.ts';
import { secretFolder } from './secret-folder.ts';

const run = promisify(execFile);
const debianHome = '/usr/lib/postgresql';
const isRoot = process.getuid?.() === 0;
const serverUser = isRoot ? 'postgres' : userInfo().username;

export interface PostgresOptions {
  /** TLS with a certificate for `localhost` by the server's own `ca`. */
  readonly tls?: boolean;
  /** Lines of pg_hba.conf that go before "everybody by password". */
  readonly hba?: readonly string[];
  /** Lines of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

interface Role {
  readonly user: string;
  readonly password: string;
}

/** A PostgreSQL on 127.0.0.1 with everything that a test may do to it but end it; disposing removes what was made. */
export interface TestPostgres extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly superuser: Role;
  /** With `tls` alone. */
  readonly ca?: CertificateAuthority;
  /** The roles that createRole made, the superuser first. */
  readonly roles: readonly Role[];
  /** A connected client that the caller ends; the superuser's where no role is given. */
  client(options?: { readonly database?: string; readonly role?: Role }): Promise<pg.Client>;
  /** One statement, or several without values, as the superuser. */
  sql<Row extends pg.QueryResultRow>(text: string, options?: { database?: string }): Promise<Row[]>;
  /** A role that may log in, with a password of its own; `attributes` such as `NOINHERIT`. */
  createRole(user: string, attributes?: string): Promise<Role>;
  /** An empty one, or a copy of another one, to which nothing may be connected meanwhile. */
  createDatabase(name: string, owner?: Role, template?: string): Promise<string>;
  /** A folder like a mounted Secret; `extra` adds keys, or takes one away by `undefined`. */
  connectionFolder(role: Role, database: string, extra?: Record<string, string | undefined>): Promise<string>;
}

/** A server of a test's own; disposing of it ends it and removes its data. */
export interface OwnPostgres extends TestPostgres {
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Where a server is, and who may do everything on it. */
export type PostgresAddress = Pick<TestPostgres, 'host' | 'port' | 'superuser' | 'ca'>;

async function binaries(): Promise<string> {
  const versions = (await readdir(debianHome)).toSorted((a, b) => Number(b) - Number(a));
  if (versions[0] === undefined) throw new Error('Expected PostgreSQL: apt-get install postgresql');
  return join(debianHome, versions[0], 'bin');
}

const passwordIn = (data: string) => join(data, 'superuser-password');

/** A first data directory, and its superuser's password. */
async function makeCluster(bin: string, folder: string): Promise<{ data: string; password: string }> {
  const data = join(folder, 'data');
  const options = ['--no-sync', '--no-locale', '--encoding=UTF8', '--auth=scram-sha-256'];
  const version = (await run(join(bin, 'initdb'), ['--version'])).stdout;
  await dataDirectory('postgres', [serverUser, version, ...options], data, async () => {
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, randomBytes(12).toString('hex'));
    await give(passwordFile);
    const initdb = [join(bin, 'initdb'), '-D', data, '-U', 'postgres', `--pwfile=${passwordFile}`];
    const asUser = isRoot ? ['runuser', '-u', serverUser, '--'] : [];
    const [command = '', ...args] = [...asUser, ...initdb, ...options];
    await run(command, args, { cwd: '/' });
    await rename(passwordFile, passwordIn(data));
  });
  return { data, password: await readFile(passwordIn(data), 'utf8') };
}

async function give(path: string): Promise<void> {
  if (!isRoot) return;
  const id = async (flag: string) => Number((await run('id', [flag, serverUser])).stdout);
  await chown(path, await id('-u'), await id('-g'));
}

async function configure(
  data: string,
  port: number,
  options: PostgresOptions,
  folder: string,
): Promise<void> {
  const settings = {
    port: String(port),
    listen_addresses: "'127.0.0.1'",
    unix_socket_directories: "''",
    fsync: 'off',
    timezone: "'Etc/UTC'",
    ...(options.tls && { ssl: 'on', ssl_ca_file: "'ca.crt'" }),
    ...options.settings,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  await writeFile(join(data, 'postgresql.auto.conf'), lines.join(''));
  const hba = [...(options.hba ?? []), 'host all all 127.0.0.1/32 scram-sha-256'];
  await writeFile(join(data, 'pg_hba.conf'), `${hba.join('\n')}\n`);
  await give(folder);
}

async function secure(data: string, ca: CertificateAuthority): Promise<void> {
  const { certificate, key } = await ca.issue('localhost', ['DNS:localhost']);
  const files = { 'ca.crt': ca.certificate, 'server.crt': certificate, 'server.key': key };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(data, name), content);
    await chmod(join(data, name), 0o600);
    await give(join(data, name));
  }
}

/** Starts the newest PostgreSQL that Debian has installed, in about a second. */
export async function startPostgres(options: PostgresOptions = {}): Promise<OwnPostgres> {
  const bin = await binaries();
  const folder = await mkdtemp(join(tmpdir(), 'postgres-'));
  await give(folder);
  const { data, password } = await makeCluster(bin, folder);
  const superuser = { user: 'postgres', password };
  const host = '127.0.0.1';
  const port = await freePort();
  await configure(data, port, options, folder);
  const ca = options.tls ? await certificateAuthority(folder) : undefined;
  if (ca) await secure(data, ca);

  let server: ChildProcess | undefined;
  const ready = /ready to accept (read-only )?connections/;
  const start = async () => {
    server = await startServer([join(bin, 'postgres'), '-D', data], { user: serverUser, ready });
  };
  const stop = async () => {
    // SIGINT: clients are thrown out.
    if (server) await stopServer(server, 'SIGINT');
  };
  await start();
  return {
    ...postgresAt({ host, port, superuser, ...(ca && { ca }) }, folder),
    start,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A running server, and a folder for what is mounted in pods. */
export function postgresAt(address: PostgresAddress, folder: string): TestPostgres {
  const { host, port, superuser } = address;
  const roles = [superuser];
  const databases: string[] = [];
  const client: TestPostgres['client'] = async ({ database = 'postgres', role = superuser } = {}) => {
    const connected = new pg.Client({ host, port, database, ...role });
    // A server that is stopped meanwhile is what some tests are about.
    connected.on('error', () => undefined);
    await connected.connect();
    return connected;
  };
  const sql: TestPostgres['sql'] = async (text, { database } = {}) => {
    const connected = await client(database === undefined ? {} : { database });
    try {
      return (await connected.query(text)).rows;
    } finally {
      await connected.end();
    }
  };
  return {
    ...address,
    roles,
    client,
    sql,
    createRole: async (user, attributes = '') => {
      const role = { user, password: randomBytes(12).toString('hex') };
      await sql(`CREATE ROLE ${pg.escapeIdentifier(user)} LOGIN ${attributes} PASSWORD '${role.password}'`);
      roles.push(role);
      return role;
    },
    createDatabase: async (name, owner = superuser, template = 'template1') => {
      const [made, by, from] = [name, owner.user, template].map((word) => pg.escapeIdentifier(word));
      // Without writing all of its pages to the log: a quarter less of the processor's time.
      await sql(`CREATE DATABASE ${made} OWNER ${by} TEMPLATE ${from} STRATEGY file_copy`);
      databases.push(name);
      return name;
    },
    connectionFolder: ({ user, password }, database, extra = {}) => {
      const entries = { host, port: String(port), username: user, password, database, ...extra };
      const given = Object.entries(entries).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      );
      return secretFolder(Object.fromEntries(given), folder);
    },
    [Symbol.asyncDispose]: async () => {
      for (const name of databases)
        await sql(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts PgBouncer in transaction mode before the server, for the roles that exist by then. */
export async function startPgBouncer(
  postgres: TestPostgres,
): Promise<{ readonly port: number } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
  const port = await freePort();
  const users = postgres.roles.map(({ user, password }) => `"${user}" "${password}"\n`);
  await writeFile(join(folder, 'users.txt'), users.join(''));
  const settings = [
    '[databases]',
    `* = host=${postgres.host} port=${postgres.port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${join(folder, 'users.txt')}`,
    'pool_mode = transaction',
    'default_pool_size = 2',
  ];
  await writeFile(join(folder, 'pgbouncer.ini'), `${settings.join('\n')}\n`);
  for (const path of [folder, join(folder, 'users.txt'), join(folder, 'pgbouncer.ini')]) await give(path);
  const command = ['/usr/sbin/pgbouncer', join(folder, 'pgbouncer.ini')];
  const server = await startServer(command, { user: serverUser, ready: /process up/ });
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      await stopServer(server, 'SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
