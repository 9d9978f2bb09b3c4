import type { FoundTable } from '../discover/match-table.ts';
import { type ColumnRow, columnFacts, columnRows } from './catalogue.ts';
import type { MysqlConnection } from './connection.ts';

/** A table of the connection's database; information_schema has only those on which the account has a right. */
export interface ListedTable extends FoundTable {
  readonly bytes: number;
}

interface TableRow {
  readonly name: string;
  readonly bytes: number | string | null;
}

const tablesQuery = `
  SELECT TABLE_NAME AS name, DATA_LENGTH + INDEX_LENGTH AS bytes
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE' ORDER BY TABLE_NAME`;

const columnsQuery = `${columnRows} WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME, ORDINAL_POSITION`;

export async function listTables(connection: MysqlConnection): Promise<readonly ListedTable[]> {
  const { database } = connection;
  const tables = await connection.query<TableRow>(tablesQuery, [database]);
  const columns = await connection.query<ColumnRow & { readonly of: string }>(columnsQuery, [database]);
  const byTable = Map.groupBy(columns, ({ of }) => of);
  return tables.map(({ name, bytes }) => ({
    table: name,
    columns: (byTable.get(name) ?? []).map(columnFacts),
    bytes: Number(bytes ?? 0),
  }));
}
