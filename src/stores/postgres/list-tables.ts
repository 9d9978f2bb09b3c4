import type { FoundTable } from '../discover/match-table.ts';
import { telling } from '../discover/telling-columns.ts';
import { type ColumnFacts, columnFacts } from './catalogue.ts';
import type { PostgresConnection } from './connection.ts';
import { foundColumns } from './shape.ts';

/** A table of the database that may hold sessions, as the catalogue shows it to every role. */
export interface ListedTable extends FoundTable {
  readonly schema: string;
  readonly facts: readonly ColumnFacts[];
  readonly canRead: boolean;
}

/**
 * Tables with a column that some layout reads the time from or a name of sessions: a database may have a hundred
 * thousand others. Partitions come with their table; the server's own schemas and other sessions' temporary tables are left out.
 */
const statement = `
  SELECT n.nspname AS schema, c.relname AS table, (${columnFacts}) AS facts,
         has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS "canRead"
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
     AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     AND (c.relname ~* 'sess' OR EXISTS (SELECT FROM pg_attribute a
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND lower(replace(a.attname, '_', '')) = ANY ($1)))
   ORDER BY n.nspname, c.relname`;

type Row = Pick<ListedTable, 'schema' | 'table' | 'facts' | 'canRead'>;

export async function listTables(connection: PostgresConnection): Promise<readonly ListedTable[]> {
  const { rows } = await connection.transaction(
    () => connection.query<Row>(statement, [telling('postgres')]),
    { statement_timeout: '30s' },
  );
  return rows.map((row) => ({ ...row, columns: foundColumns({ columns: row.facts }) }));
}
