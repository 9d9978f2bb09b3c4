import type { MysqlConnection } from './connection.ts';
import { quotedName, type Target } from './context.ts';

/** MariaDB's counters of this connection. */
export interface ConnectionCounters {
  /** Statements that were prepared again because a table's definition or triggers had changed. */
  readonly reprepared: number;
  /** Tables that were opened. */
  readonly opened: number;
}

export async function readCounters(connection: MysqlConnection): Promise<ConnectionCounters> {
  const rows = await connection.query<{ Variable_name: string; Value: string }>(
    `SHOW SESSION STATUS WHERE Variable_name IN ('Com_stmt_reprepare', 'Table_open_cache_hits', 'Table_open_cache_misses')`,
  );
  const count = (name: string) =>
    Number(rows.find(({ Variable_name }) => Variable_name.toLowerCase() === name)?.Value ?? 0);
  return {
    reprepared: count('com_stmt_reprepare'),
    opened: count('table_open_cache_hits') + count('table_open_cache_misses'),
  };
}

/**
 * Sends a statement that was prepared at the start of the run; returns MariaDB's counters at that time. Undefined if
 * the table cannot be read, and for MySQL, which counts every table that is opened again and answers queries of its
 * catalogue faster.
 */
export async function touch(
  connection: MysqlConnection,
  target: Target,
): Promise<ConnectionCounters | undefined> {
  if (connection.flavour === 'MySQL') return undefined;
  try {
    await connection.query(`SELECT 1 FROM ${quotedName(target)} LIMIT ?`, ['0']);
  } catch {
    return undefined;
  }
  return readCounters(connection);
}
