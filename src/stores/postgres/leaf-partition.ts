import type { StaleRule } from '../tables/stale-rule.ts';
import type { TableFacts } from './catalogue.ts';
import { localSettings } from './cleanup-run.ts';
import type { PostgresConnection } from './connection.ts';
import { quotedName, type Target } from './context.ts';

/**
 * A relation that holds rows itself: the table, or one partition of it. Clean-up works on one at a time, because a ctid
 * is valid only within its relation.
 */
export interface LeafPartition {
  /** Quoted, with its schema. */
  readonly name: string;
  readonly oid: number;
  /** The oid of the table; its own if it is not a partition. */
  readonly rootOid: number;
  /** The checked facts, in the form of proof.ts. */
  readonly proof: string;
  /** The heap's pages when clean-up began: rows in later pages are younger. */
  readonly pages: number;
  /** From the server's statistics; undefined without them. */
  readonly rowEstimate?: number;
  /** Columns that an index returns all rows in order of. */
  readonly indexed: readonly string[];
}

/** True if an index serves the rule's comparison, in order of its time. */
export const isIndexed = (
  { indexed }: Pick<LeafPartition, 'indexed'>,
  { isRange, columnName }: Pick<StaleRule, 'isRange' | 'columnName'>,
): boolean => isRange && indexed.includes(columnName);

/**
 * Such an index is valid, covers every row, begins with the column and has NULLs where ORDER BY expects them (last
 * ascending, or first descending). Statistics contain the rows of a page; the size is the current one, NULL for a
 * deleted relation.
 */
const statement = `
  SELECT c.oid::bigint::float8 AS oid, n.nspname AS schema, c.relname AS table, size.pages::float8 AS pages,
         CASE WHEN c.relpages > 0 AND c.reltuples >= 0
              THEN round(c.reltuples * size.pages / c.relpages)::float8 END AS "rowEstimate",
         ARRAY(SELECT a.attname::text FROM pg_index i
                 JOIN pg_class ic ON ic.oid = i.indexrelid
                 JOIN pg_am am ON am.oid = ic.relam
                 JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
                WHERE i.indrelid = c.oid AND a.attname = ANY ($2::text[]) AND am.amname = 'btree'
                  AND i.indisvalid AND i.indisready AND i.indpred IS NULL
                  AND i.indoption[0] IN (0, 3)) AS indexed
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
         LATERAL (SELECT pg_relation_size(c.oid) / current_setting('block_size')::int AS pages) AS size
   WHERE c.oid = ANY ($1) AND size.pages IS NOT NULL
   ORDER BY c.oid`;

/** The leaf partitions of a table, in a fixed order. */
export async function leafPartitionsOf(
  connection: PostgresConnection,
  table: TableFacts,
  columns: readonly string[],
): Promise<readonly LeafPartition[]> {
  const proofs = new Map(
    table.relations.flatMap(({ kind, oid, proof }) => (kind === 'r' ? [[oid, proof]] : [])),
  );
  // In a transaction for its time limits: reading a relation's size waits for a session that has locked it.
  const { rows } = await connection.transaction(
    () => connection.query<Row>(statement, [[...proofs.keys()], columns]),
    localSettings,
  );
  return rows.map(({ rowEstimate, pages, indexed, oid, ...name }) => ({
    name: quotedName(name),
    pages,
    indexed,
    oid,
    rootOid: table.oid,
    proof: proofs.get(oid) ?? '',
    ...(rowEstimate !== null && { rowEstimate }),
  }));
}

interface Row extends Target {
  readonly oid: number;
  readonly pages: number;
  readonly rowEstimate: number | null;
  readonly indexed: readonly string[];
}
