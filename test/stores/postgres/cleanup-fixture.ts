import { layoutOf } from '../../../src/layouts/index.ts';
import { deleteOldSessions } from '../../../src/stores/postgres/cleanup.ts';
import { openConnection, type PostgresConnection } from '../../../src/stores/postgres/connection.ts';
import type { PostgresContext } from '../../../src/stores/postgres/context.ts';
import type { CleanupOptions } from '../../../src/stores/session-store.ts';
import type { Shop } from './fixture.ts';

/** session3's table as set-up makes it, without its index. */
export const sessionsTable = `
  CREATE TABLE sessions (id text PRIMARY KEY, pickle bytea NOT NULL, modify_time timestamptz NOT NULL DEFAULT now());`;
export const timeIndex = 'CREATE INDEX ON sessions (modify_time);';

/** Rows `stale-1` … and `live-1` …, in no order of time: two days old and up, and an hour old and less. */
export const fill = (stale: number, live: number, table = 'sessions'): string => `
  INSERT INTO ${table} (id, pickle, modify_time)
  SELECT kind || n, '\\x80', now() - age - random() * interval '1 hour'
    FROM (SELECT 'stale-' AS kind, n, interval '2 days' AS age FROM generate_series(1, ${stale}) n
          UNION ALL SELECT 'live-', n, interval '0' FROM generate_series(1, ${live}) n) AS rows
   ORDER BY md5(kind || n);`;

export interface TaskOptions extends Partial<CleanupOptions> {
  readonly layout?: string;
  readonly timeZone?: string;
  readonly schema?: string;
  readonly table?: string;
  /** The folder of another role's connection. */
  readonly folder?: string;
  /** Stands between clean-up and its connection. */
  readonly wrap?: (connection: PostgresConnection) => PostgresConnection;
}

/** A context on the shop's table: session3's layout by default. */
export async function openContext(
  shop: Shop,
  options: TaskOptions = {},
): Promise<PostgresContext & AsyncDisposable> {
  const {
    layout: name = 'session3',
    timeZone,
    schema = 'public',
    table,
    folder = shop.folder,
    wrap = (c) => c,
  } = options;
  const { postgres: layout, age } = layoutOf(name);
  if (!layout) throw new Error(`Expected a layout for PostgreSQL, got ${name}`);
  const connection = await openConnection(folder);
  return {
    connection: wrap(connection),
    layout,
    layoutName: name,
    age,
    target: { schema, table: table ?? layout.table },
    ...(timeZone !== undefined && { timeZone }),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

/** Deletes sessions that are older than a day, by default at full pace. */
export async function cleanUp(shop: Shop, options: TaskOptions = {}) {
  await using context = await openContext(shop, options);
  return await deleteOldSessions(context, { ageSeconds: 86_400, pace: 'full', ...options });
}

/** Whether a statement is one that clean-up deletes with. */
export const isDelete = (text: string): boolean => text.includes('DELETE FROM ONLY');

/** How many stale and live rows are there. */
export async function left(shop: Shop, table = 'sessions') {
  const [row] = await shop.sql<{ stale: number; live: number }>(`
    SELECT count(*) FILTER (WHERE id LIKE 'stale%')::int AS stale, count(*) FILTER (WHERE id LIKE 'live%')::int AS live
      FROM ${table}`);
  return row;
}

type Query = PostgresConnection['query'];

/** A connection that passes every statement to `around`, which decides when to send it. */
export function wrapped(
  connection: PostgresConnection,
  around: (text: string, send: () => ReturnType<Query>, values: readonly unknown[]) => ReturnType<Query>,
): PostgresConnection {
  const query = connection.query.bind(connection);
  return Object.assign(connection, {
    query: (text: string, values?: readonly unknown[]) =>
      around(text, () => query(text, values), values ?? []),
  });
}
