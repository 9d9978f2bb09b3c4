import {
  addCounts,
  type CleanupCounts,
  countLimit,
  noCounts,
  staleCounts,
} from '../tables/cleanup-counts.ts';
import type { CleanupRun } from './cleanup-run.ts';
import { isOutOfTime } from './errors.ts';
import { cleanupStatements, type IndexedRule, indexStatements } from './statements.ts';

/**
 * A row that is found through the index costs a lookup in the primary key: for more than an eighth of the rows a pass
 * over the table is cheaper. For so few rows the check is not worth its cost.
 */
const fewOf = (rowEstimate: number): number => Math.max(10_000, rowEstimate / 8);

/** The best way to the rows that a rule takes. */
export async function wayBy(
  { connection, table }: CleanupRun,
  rule: IndexedRule,
): Promise<'index' | 'scan' | 'none'> {
  if (rule.index !== undefined) {
    const [plan] = await connection.query<{ rows: number | null }>(indexStatements(table, rule).explainStale);
    return Number(plan?.rows ?? 0) <= fewOf(table.rowEstimate) ? 'index' : 'scan';
  }
  if (rule.whenIndex === undefined) return 'scan';
  return (await connection.query(indexStatements(table, rule).findTaken)).length > 0 ? 'scan' : 'none';
}

/** The counts through the indexes on times, without reading the table. */
export async function countStale({ connection, table }: CleanupRun): Promise<CleanupCounts> {
  let counts = noCounts;
  for (const rule of table.rules) {
    if (rule.index === undefined) continue;
    const statements = indexStatements(table, rule);
    const [stale] = await connection.query<{ overdue: number; seconds: number | null }>(
      statements.countStale(countLimit + 1),
    );
    const { overdue = 0, seconds = null } = stale ?? {};
    counts = addCounts(counts, staleCounts(rule, { overdue: Number(overdue), seconds }));
    if (rule.unreadable === undefined) continue;
    const [row] = await connection.query<{ unreadable: number }>(
      statements.countUnreadable(rule.unreadable, countLimit),
    );
    counts = { ...counts, unreadable: counts.unreadable + Number(row?.unreadable ?? 0) };
  }
  return counts;
}

/** All sessions; undefined if that takes more than a tenth of a second in a large table. */
export async function countRows({ connection, table }: CleanupRun): Promise<number | undefined> {
  try {
    const text = cleanupStatements(table).countRows(connection.flavour);
    const [counted] = await connection.query<{ rows: number }>(text);
    return Number(counted?.rows ?? 0);
  } catch (error) {
    if (!isOutOfTime(error)) throw error;
    return undefined;
  }
}

/** With the current number of rows, if counting them is fast: the table may have been emptied since they were seen. */
export async function withRowsNow(run: CleanupRun, seen: CleanupCounts): Promise<CleanupCounts> {
  const rows = await countRows(run);
  if (rows === undefined) return seen;
  const [overdue, unreadable] = [Math.min(seen.overdue, rows), Math.min(seen.unreadable, rows)];
  return {
    ...seen,
    rows,
    rowsAreEstimate: false,
    overdue,
    unreadable,
    oldest: overdue > 0 ? seen.oldest : noCounts.oldest,
  };
}
