import { type CleanupCounts, noCounts } from '../tables/cleanup-counts.ts';
import type { CleanupRun } from './cleanup-run.ts';
import { hasNumber } from './errors.ts';
import { cleanupStatements } from './statements.ts';

/** Overdue and unreadable rows are counted up to here. */
const countLimit = 10_000;

/**
 * A row found through the index costs a walk down the table's own: for an eighth of them a pass over all is cheaper. Of so
 * few rows as these it is not worth asking.
 */
const fewOf = (rowEstimate: number): number => Math.max(10_000, rowEstimate / 8);

/** Whether an index finds what is stale sooner than a pass over the table. */
export async function hasFewStale({ connection, table, cutoff }: CleanupRun): Promise<boolean> {
  if (table.byTime === undefined) return false;
  const [plan] = await connection.query<{ rows: number | null }>(cleanupStatements(table).explainStale, [
    cutoff,
  ]);
  return Number(plan?.rows ?? 0) <= fewOf(table.rowEstimate);
}

/** What is left in a table with an index on its time, without reading the table. */
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

/** Exact where that takes a tenth of a second, else what the statistics said when the run began less what it deleted. */
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
    // Out of time; a count that reads in several threads says that it was interrupted.
    if (!hasNumber(error, 3024, 1969, 1317)) throw error;
    return { rows: Math.max(0, table.rowEstimate - deleted), rowsAreEstimate: true };
  }
}
