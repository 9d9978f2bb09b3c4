import { type CleanupCounts, noCounts } from '../tables/cleanup-counts.ts';
import type { CleanupRun } from './cleanup-run.ts';
import { hasNumber } from './errors.ts';
import { cleanupStatements } from './statements.ts';

/** Limit of the counts of overdue and unreadable rows. */
const countLimit = 10_000;

/**
 * A row that is found through the index costs a lookup in the primary key: for more than an eighth of the rows a pass
 * over the table is cheaper. For so few rows the check is not worth its cost.
 */
const fewOf = (rowEstimate: number): number => Math.max(10_000, rowEstimate / 8);

/** True if an index finds the stale rows faster than a pass over the table. */
export async function hasFewStale({ connection, table, cutoff }: CleanupRun): Promise<boolean> {
  if (table.byTime === undefined) return false;
  const [plan] = await connection.query<{ rows: number | null }>(cleanupStatements(table).explainStale, [
    cutoff,
  ]);
  return Number(plan?.rows ?? 0) <= fewOf(table.rowEstimate);
}

/** The counts of a table with an index on its time, without reading the table. */
export async function countByIndex(run: CleanupRun, deleted: number): Promise<CleanupCounts> {
  const { connection, table, cutoff } = run;
  const { countStale, countUnreadable } = cleanupStatements(table);
  const [stale] = await connection.query<{ overdue: number; oldest: string | null }>(
    countStale(countLimit + 1),
    [cutoff],
  );
  const [unknown] = await connection.query<{ unreadable: number }>(countUnreadable(countLimit));
  const overdue = Number(stale?.overdue ?? 0);
  return {
    ...(await countRows(run, deleted)),
    overdue: Math.min(overdue, countLimit),
    overdueAtLeast: overdue > countLimit,
    unreadable: Number(unknown?.unreadable ?? 0),
    oldest: stale?.oldest ? Number(stale.oldest) : noCounts.oldest,
  };
}

/**
 * Exact if that takes at most a tenth of a second, otherwise the statistics from the start of the run minus the deleted
 * rows.
 */
export async function countRows(
  { connection, table }: CleanupRun,
  deleted: number,
): Promise<Pick<CleanupCounts, 'rows' | 'rowsAreEstimate'>> {
  try {
    const [counted] = await connection.query<{ rows: number }>(
      cleanupStatements(table).countRows(connection.flavour),
    );
    return { rows: Number(counted?.rows ?? 0), rowsAreEstimate: false };
  } catch (error) {
    // Out of time; a count that reads in several threads reports an interruption.
    if (!hasNumber(error, 3024, 1969, 1317)) throw error;
    return { rows: Math.max(0, table.rowEstimate - deleted), rowsAreEstimate: true };
  }
}
