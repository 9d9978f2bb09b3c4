import { addCounts, type CleanupCounts, noCounts, oldestBy } from '../tables/cleanup-counts.ts';
import type { CleanupRun } from './cleanup-run.ts';
import { isOutOfTime } from './errors.ts';
import { cleanupStatements, type IndexedRule, indexStatements } from './statements.ts';

/** Limit of the counts of overdue and unreadable rows. */
const countLimit = 10_000;

/**
 * A row that is found through the index costs a lookup in the primary key: for more than an eighth of the rows a pass
 * over the table is cheaper. For so few rows the check is not worth its cost.
 */
const fewOf = (rowEstimate: number): number => Math.max(10_000, rowEstimate / 8);

/**
 * The rules with few stale rows, which an index finds faster than a pass over the table; undefined if another rule takes a
 * row.
 */
export async function rulesByIndex(run: CleanupRun): Promise<readonly IndexedRule[] | undefined> {
  const found: IndexedRule[] = [];
  for (const rule of run.table.rules) {
    const use = await useOf(run, rule);
    if (use === 'scan') return undefined;
    if (use === 'index') found.push(rule);
  }
  return found;
}

async function useOf(
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

/** The counts of a table with an index on its times, without reading the table. */
export async function countByIndex(
  run: CleanupRun,
  rules: readonly IndexedRule[],
  deleted: number,
): Promise<CleanupCounts> {
  let counts: CleanupCounts = { ...noCounts, ...(await countRows(run, deleted)) };
  for (const rule of rules) {
    const of = await countByRule(run, rule);
    counts = addCounts(counts, of);
  }
  return counts;
}

async function countByRule({ connection, table }: CleanupRun, rule: IndexedRule) {
  const { countStale, countUnreadable } = indexStatements(table, rule);
  const [stale] = await connection.query<{ overdue: number; seconds: number | null }>(
    countStale(countLimit + 1),
  );
  const [unknown] = await connection.query<{ unreadable: number }>(countUnreadable(countLimit));
  const overdue = Number(stale?.overdue ?? 0);
  return {
    ...noCounts,
    overdue: Math.min(overdue, countLimit),
    overdueAtLeast: overdue > countLimit,
    unreadable: Number(unknown?.unreadable ?? 0),
    oldest: oldestBy([rule], () => stale?.seconds),
  };
}

/**
 * Exact if that takes at most a tenth of a second, and for a small table in any case; otherwise the statistics from the start of the run minus the deleted
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
    if (!isOutOfTime(error)) throw error;
    return { rows: Math.max(0, table.rowEstimate - deleted), rowsAreEstimate: true };
  }
}
