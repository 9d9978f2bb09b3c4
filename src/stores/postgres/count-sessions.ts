import type { TableForm } from '../../layouts/table-form.ts';
import { countsIn } from '../discover/counts-in.ts';
import type { Counts } from '../discover/finding.ts';
import { scaled } from '../discover/scaled.ts';
import { type CountedRow, countedColumns } from '../tables/age-counts.ts';
import type { StaleTest } from '../tables/stale-test.ts';
import type { PostgresConnection } from './connection.ts';
import { quotedName, type Target } from './context.ts';
import { instantOf, type RunCutoff } from './cutoff.ts';
import { isOutOfTime } from './errors.ts';
import type { LocalSettings } from './settings.ts';

/** The size of a table with its partitions, indexes and long values. */
export interface Size {
  readonly bytes: number;
  /** Pages of the rows themselves. */
  readonly pages: number;
  /** From the statistics; null without them, and where they are of the time when the table was empty. */
  readonly rows: number | null;
}

const sizeStatement = `
  SELECT sum(pg_total_relation_size(r.oid))::float8 AS bytes,
         sum(pg_relation_size(r.oid) / current_setting('block_size')::int)::float8 AS pages,
         CASE WHEN bool_and(r.reltuples >= 0 AND (r.relpages > 0 OR pg_relation_size(r.oid) = 0))
                     FILTER (WHERE r.relkind = 'r') THEN sum(
           CASE WHEN r.relpages > 0
                THEN r.reltuples * (pg_relation_size(r.oid) / current_setting('block_size')::int) / r.relpages
                ELSE r.reltuples END) FILTER (WHERE r.relkind = 'r') END::float8 AS rows
    FROM pg_class c
    JOIN pg_class r ON r.oid = c.oid OR r.oid IN (SELECT p.relid FROM pg_partition_tree(c.oid) p)
    JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = $1 AND c.relname = $2`;

/** Waits for no lock, and reads for a few seconds at most. */
export const shortly: LocalSettings = { lock_timeout: '1s', statement_timeout: '5s', jit: 'off' };

/** In the open transaction, or in its own. */
export async function sizeOf(connection: PostgresConnection, { schema, table }: Target): Promise<Size> {
  const { rows } = await connection.inTransaction(() =>
    connection.query<Size>(sizeStatement, [schema, table]),
  );
  const { bytes = 0, pages = 0, rows: estimate = null } = rows[0] ?? {};
  return { bytes: bytes ?? 0, pages: pages ?? 0, rows: estimate };
}

/** Pages of a sample: a few seconds' reading from a disk. */
const samplePages = 4096;

export interface CountOptions {
  readonly test: StaleTest;
  readonly cutoff: RunCutoff;
  readonly layout: TableForm;
  /** Pages up to which every row is read. */
  readonly exactPages: number;
}

/** The counts of a table: of all rows, or of a sample where that would take long. */
export async function countSessions(
  connection: PostgresConnection,
  target: Target,
  size: Size,
  { test, cutoff, exactPages }: CountOptions,
): Promise<Counts> {
  const count = async (sample = '') => {
    const statement = `SELECT ${countedColumns([test])} FROM ${quotedName(target)}${sample}`;
    const { rows } = await connection.transaction(() => connection.query<CountedRow>(statement), shortly);
    return countsIn(rows[0] ?? {}, test, (seconds) => instantOf(connection, cutoff.local?.timeZone, seconds));
  };
  if (size.pages <= exactPages) {
    try {
      return await count();
    } catch (error) {
      if (!isOutOfTime(error)) throw error;
    }
  }
  const percent = Math.min(100, (100 * Math.min(samplePages, exactPages)) / Math.max(size.pages, 1));
  const sampled = await count(` TABLESAMPLE SYSTEM (${percent})`);
  return scaled(sampled, size.rows ?? (100 * sampled.sessions) / percent);
}
