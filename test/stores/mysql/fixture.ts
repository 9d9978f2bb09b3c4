import { fingerprintOf } from '../../../src/api/spent-tokens.ts';
import { layoutOf } from '../../../src/layouts/index.ts';
import { openStore } from '../../../src/stores/index.ts';
import { deleteOldSessions } from '../../../src/stores/mysql/cleanup.ts';
import { type MysqlConnection, openConnection } from '../../../src/stores/mysql/connection.ts';
import type { MysqlContext } from '../../../src/stores/mysql/context.ts';
import type { ByteStore, CleanupOptions, Owner, SetupOptions } from '../../../src/stores/session-store.ts';
import { markText } from '../../../src/stores/tables/mark.ts';
import type { Role, TestMysql } from '../../servers/mysql.ts';
import { unique } from '../../servers/shared.ts';

export const owner: Owner = { installation: 'cluster-1', namespace: 'shop', name: 'web' };

/** session3's table as its own setup() makes it: on servers of today no session ever gets a time. */
export const session3Table = (name = 'sessions'): string =>
  `CREATE TABLE ${name} (id VARCHAR(255) NOT NULL PRIMARY KEY, pickle BLOB NOT NULL, modify_time TIMESTAMP NULL);`;

/** The table as set-up makes it, without its index. */
export const sessionsTable = `
  CREATE TABLE sessions (id varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
    pickle longblob NOT NULL, modify_time timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP);`;
export const timeIndex = 'CREATE INDEX modify_time ON sessions (modify_time);';

/** Rows `stale-1` … and `live-1` …: two days old and up, and an hour old and less. */
export const fill = (stale: number, live: number, table = 'sessions'): string => {
  // Both servers have it, and it gives numbers without a recursion that is limited.
  const some = (count: number) =>
    `SELECT n FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 1 AS n
       FROM ${['a', 'b', 'c', 'e', 'f'].map((name) => `digits AS ${name}`).join(', ')}) AS numbers WHERE n <= ${count}`;
  return `
  CREATE TABLE IF NOT EXISTS digits (d int); DELETE FROM digits;
  INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
  INSERT INTO ${table} (id, pickle, modify_time)
    SELECT CONCAT('stale-', n), REPEAT('x', 100), UTC_TIMESTAMP() - INTERVAL 2 DAY - INTERVAL FLOOR(3600 * RAND()) SECOND
      FROM (${some(stale)}) AS s ORDER BY CRC32(n);
  INSERT INTO ${table} (id, pickle, modify_time)
    SELECT CONCAT('live-', n), REPEAT('x', 100), UTC_TIMESTAMP() - INTERVAL FLOOR(3600 * RAND()) SECOND
      FROM (${some(live)}) AS s ORDER BY CRC32(n);
  DROP TABLE digits;`;
};

/** The comment of a table that set-up made, or found. */
export const markedAs = (origin: 'created' | 'adopted', ...spent: readonly string[]): string =>
  `ALTER TABLE sessions COMMENT = '${markText({ ...owner, origin, spentTokens: spent.map(fingerprintOf) })}';`;

/** A database that the role owns, and how to set a store up in it. */
export interface Shop {
  readonly database: string;
  readonly role: Role;
  readonly folder: string;
  readonly server: TestMysql;
  sql: <Row extends object>(text: string) => Promise<Row[]>;
  setUp: (options?: SetUpOptions) => ReturnType<ByteStore['setup']>;
}

export interface SetUpOptions extends Partial<SetupOptions> {
  readonly table?: string;
  /** The folder of another role's connection. */
  readonly folder?: string;
}

/** Every one of them runs in UTC, as the times of `fill` do. */
export async function makeShop(server: TestMysql, before = ''): Promise<Shop> {
  const role = await server.createRole(unique('app'));
  const database = await server.createDatabase(unique('shop'), role);
  const sql: Shop['sql'] = (text) => server.sql(`SET time_zone = '+00:00'; ${text}`, { database });
  if (before !== '') await sql(before);
  const folder = await server.connectionFolder(role, database);
  const setUp: Shop['setUp'] = async ({ table, folder: other = folder, ...options } = {}) => {
    const spec = { connection: { secretName: 'shop-db' }, ...(table !== undefined && { table }) };
    await using store = await openStore('mysql', {
      spec,
      layout: layoutOf('session3'),
      connectionPath: other,
      volumePath: '',
    });
    return await store.setup({ owner, ifExists: 'Adopt', ...options });
  };
  return { database, role, folder, server, sql, setUp };
}

export interface TaskOptions extends Partial<CleanupOptions> {
  readonly table?: string;
  readonly folder?: string;
  /** Stands between clean-up and its connection. */
  readonly wrap?: (connection: MysqlConnection) => MysqlConnection;
}

/** A context on the shop's table. */
export async function openContext(
  shop: Shop,
  { table = 'sessions', folder = shop.folder, wrap = (c) => c }: TaskOptions = {},
): Promise<MysqlContext & AsyncDisposable> {
  const { mysql: layout, name, age } = layoutOf('session3');
  if (!layout) throw new Error('Expected a layout for MySQL');
  const connection = await openConnection(folder);
  return {
    connection: wrap(connection),
    layout,
    layoutName: name,
    age,
    target: { database: shop.database, table },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

/** Deletes sessions that are older than a day, by default at full pace. */
export async function cleanUp(shop: Shop, options: TaskOptions = {}) {
  await using context = await openContext(shop, options);
  return await deleteOldSessions(context, { ageSeconds: 86_400, pace: 'full', ...options });
}

/** How many stale and live rows are there. */
export async function left(shop: Shop, table = 'sessions') {
  const [row] = await shop.sql<{ stale: number; live: number }>(
    `SELECT CAST(SUM(id LIKE 'stale%') AS SIGNED) AS stale, CAST(SUM(id LIKE 'live%') AS SIGNED) AS live FROM ${table}`,
  );
  return { stale: Number(row?.stale ?? 0), live: Number(row?.live ?? 0) };
}

/** All of a table that set-up has a hand in, to be compared. */
export async function stateOf({ sql }: Shop, table = 'sessions'): Promise<string> {
  const [row] = await sql<Record<string, string>>(`SHOW CREATE TABLE ${table}`);
  return row?.['Create Table'] ?? '';
}

/** A wrap() that does something once so many transactions of the run have deleted, and says what they deleted. */
export function interrupted({ after, by }: { readonly after: number; readonly by: () => Promise<unknown> }) {
  const deletions = { committed: 0, rows: 0, failure: undefined as unknown };
  let open = 0;
  const committed = async () => {
    deletions.committed += 1;
    deletions.rows += open;
    open = 0;
    if (deletions.committed !== after) return;
    await by().catch((error: unknown) => {
      deletions.failure = error;
    });
  };
  const wrap = (connection: MysqlConnection): MysqlConnection => {
    const change = connection.change.bind(connection);
    connection.change = async (text, values) => {
      const count = await change(text, values);
      if (text.startsWith('DELETE')) open += count;
      if (text.startsWith('ROLLBACK')) open = 0;
      if (text === 'COMMIT' && open > 0) await committed();
      return count;
    };
    return connection;
  };
  return { deletions, wrap };
}

export const commentOf = async ({ sql, database }: Shop, table = 'sessions'): Promise<string> => {
  const [row] = await sql<{ comment: string }>(
    `SELECT TABLE_COMMENT AS comment FROM information_schema.TABLES WHERE TABLE_SCHEMA = '${database}' AND TABLE_NAME = '${table}'`,
  );
  return row?.comment ?? '';
};

export const tablesOf = async ({ sql, database }: Shop): Promise<readonly string[]> =>
  (
    await sql<{ name: string }>(
      `SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = '${database}' ORDER BY 1`,
    )
  ).map(({ name }) => name);
