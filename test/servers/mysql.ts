import { type ChildProcess, execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Connection, createConnection, escapeId, type RowDataPacket } from 'mysql2/promise';
import { freePort } from '../../scripts/cluster/free-port.ts';
import { type CertificateAuthority, certificateAuthority } from './certificates.ts';
import { dataDirectory } from './data-directory.ts';
import { type Flavour, programOf } from './mysql-program.ts';
import { startServer, stopServer } from './process.ts';
import { secretFolder } from './secret-folder.ts';

export { type Flavour, flavours } from './mysql-program.ts';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;

export interface MysqlOptions {
  /** TLS with a certificate for this name by the server's own `ca`. */
  readonly tls?: string;
  /** Options of the server, such as `{ 'binlog-format': 'ROW' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Role {
  readonly user: string;
  readonly password: string;
}

/**
 * A MySQL or MariaDB on 127.0.0.1 with everything that a test may do to it but end it; disposing removes what was made.
 */
export interface TestMysql extends AsyncDisposable {
  readonly flavour: Flavour;
  readonly host: string;
  readonly port: number;
  readonly superuser: Role;
  /** With `tls` alone. */
  readonly ca?: CertificateAuthority;
  /** The roles that createRole made, the superuser first. */
  readonly roles: readonly Role[];
  /**
   * A connected client that the caller ends; the superuser's where no role is given. It takes several statements at
   * once.
   */
  client(options?: { readonly database?: string; readonly role?: Role }): Promise<Connection>;
  /** One statement as the superuser, or several; returns the rows of the last one. */
  sql<Row extends object>(text: string, options?: { database?: string }): Promise<Row[]>;
  /** An account that may log in, with a password of its own; `requires` such as `REQUIRE X509`. */
  createRole(user: string, requires?: string): Promise<Role>;
  /** A database on which the owner has all rights. */
  createDatabase(name: string, owner?: Role): Promise<string>;
  /** A folder like a mounted Secret; `extra` adds keys, or takes one away by `undefined`. */
  connectionFolder(role: Role, database: string, extra?: Record<string, string | undefined>): Promise<string>;
}

/** A server of a test's own; disposing of it ends it and removes its data. */
export interface OwnMysql extends TestMysql {
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Where a server is, and who may do everything on it. */
export type MysqlAddress = Pick<TestMysql, 'flavour' | 'host' | 'port' | 'superuser' | 'ca'>;

async function give(path: string, user: string): Promise<void> {
  if (!isRoot) return;
  const id = async (flag: string) => Number((await run('id', [flag, user])).stdout);
  await chown(path, await id('-u'), await id('-g'));
}

const asUser = (user: string, command: readonly string[]): readonly string[] =>
  isRoot ? ['runuser', '-u', user, '--', ...command] : command;

async function tlsSettings(
  folder: string,
  ca: CertificateAuthority,
  user: string,
  name: string,
): Promise<Record<string, string>> {
  const { certificate, key } = await ca.issue(name, [`DNS:${name}`]);
  const files = { 'ssl-ca': ca.certificate, 'ssl-cert': certificate, 'ssl-key': key };
  const paths = Object.entries(files).map(async ([name, content]) => {
    const path = join(folder, `${name}.pem`);
    await writeFile(path, content);
    await chmod(path, 0o600);
    await give(path, user);
    return [name, path];
  });
  return Object.fromEntries(await Promise.all(paths));
}

/** SQL that the server runs at every start: a superuser that may connect by TCP. */
const initFile = ({ user, password }: Role) => `
CREATE USER IF NOT EXISTS ${user}@'%' IDENTIFIED BY '${password}';
GRANT ALL ON *.* TO ${user}@'%' WITH GRANT OPTION;
`;

const rowsOf = (result: unknown): unknown[] => {
  const last = Array.isArray(result) && Array.isArray(result.at(-1)) ? result.at(-1) : result;
  return Array.isArray(last) ? last : [];
};

/** Starts MySQL 9 or the machine's MariaDB, in a few seconds. */
export async function startMysql(flavour: Flavour, options: MysqlOptions = {}): Promise<OwnMysql> {
  const program = await programOf(flavour);
  const folder = await mkdtemp(join(tmpdir(), `${flavour}-`));
  await give(folder, program.user);
  const superuser = { user: 'admin', password: randomBytes(12).toString('hex') };
  const host = '127.0.0.1';
  const port = await freePort();
  const ca = options.tls !== undefined ? await certificateAuthority(folder) : undefined;
  await writeFile(join(folder, 'init.sql'), initFile(superuser));
  const settings = {
    datadir: join(folder, 'data'),
    socket: join(folder, 'socket'),
    port: String(port),
    'bind-address': host,
    'pid-file': join(folder, 'pid'),
    'init-file': join(folder, 'init.sql'),
    // Not the machine's own: a server that starts removes what others have in there.
    tmpdir: folder,
    'skip-name-resolve': 'ON',
    'innodb-flush-log-at-trx-commit': '0',
    'sync-binlog': '0',
    ...(ca && (await tlsSettings(folder, ca, program.user, options.tls ?? ''))),
    ...options.settings,
  };
  const args = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  const initialize = program.initialize(settings.datadir);
  await dataDirectory(flavour, [...program.server, ...program.initialize('')], settings.datadir, async () => {
    const [command = '', ...rest] = asUser(program.user, initialize);
    await run(command, rest, { cwd: '/' });
  });

  let server: ChildProcess | undefined;
  const start = async () => {
    const ready = /(mysqld|mariadbd): ready for connections/;
    // It takes no notice of SIGINT.
    server = await startServer([...program.server, ...args], {
      user: program.user,
      ready,
      deathSignal: 'KILL',
    });
  };
  const stop = async () => {
    if (server) await stopServer(server, 'SIGTERM');
  };
  await start();
  return {
    ...mysqlAt({ flavour, host, port, superuser, ...(ca && { ca }) }, folder),
    start,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A running server, and a folder for what is mounted in pods. */
export function mysqlAt(address: MysqlAddress, folder: string): TestMysql {
  const { host, port, superuser, ca } = address;
  const roles: Role[] = [superuser];
  const databases: string[] = [];
  const client: TestMysql['client'] = async ({ database, role = superuser } = {}) => {
    const connected = await createConnection({
      host,
      port,
      ...role,
      multipleStatements: true,
      charset: 'utf8mb4',
      ...(database !== undefined && { database }),
      ...(ca && { ssl: { ca: ca.certificate } }),
    });
    // A server that is stopped meanwhile is what some tests are about.
    connected.on('error', () => undefined);
    return connected;
  };
  const sql = async <Row extends object>(text: string, { database }: { database?: string } = {}) => {
    const connected = await client(database === undefined ? {} : { database });
    try {
      const [result] = await connected.query<RowDataPacket[]>(text);
      return rowsOf(result) as Row[];
    } finally {
      await connected.end();
    }
  };
  return {
    ...address,
    roles,
    client,
    sql,
    createRole: async (user, requires = '') => {
      const role = { user, password: randomBytes(12).toString('hex') };
      await sql(`CREATE USER ${escapeId(user, true)}@'%' IDENTIFIED BY '${role.password}' ${requires}`);
      roles.push(role);
      return role;
    },
    createDatabase: async (name, owner) => {
      await sql(`CREATE DATABASE ${escapeId(name, true)}`);
      databases.push(name);
      if (owner) await sql(`GRANT ALL ON ${escapeId(name, true)}.* TO ${escapeId(owner.user, true)}@'%'`);
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
      const drops = databases.map((name) => `DROP DATABASE IF EXISTS ${escapeId(name, true)};`);
      // A transaction that a test left open must not keep the rest waiting.
      await sql(`SET lock_wait_timeout = 1; ${drops.join(' ')}`).catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
