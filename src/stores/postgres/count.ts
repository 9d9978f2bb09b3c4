import {
  addCounts,
  type CleanupCounts,
  countLimit,
  noCounts,
  staleCounts,
} from '../tables/cleanup-counts.ts';
import type { End } from '../tables/walk.ts';
import { type CleanupRun, localSettings } from './cleanup-run.ts';
import { isOutOfTime } from './errors.ts';
import { isIndexed, type LeafPartition } from './leaf-partition.ts';
import { proven } from './proof.ts';
import { cleanupStatements } from './statements.ts';

/** Number of rows, by the server's statistics, up to which all are counted. */
const countableRows = 1_500_000;
/** Time limit of that count; a small leaf is counted in a moment, even on a server that has much else to do. */
const countTime = { small: '2s', large: '100ms' } as const;
/** In pages. */
const smallLeaf = 2000;

async function onlyRow<Row extends object>(
  { connection }: CleanupRun,
  statement: string,
  values?: readonly unknown[],
): Promise<Row> {
  const { rows } = await connection.query<Row>(statement, values);
  if (!rows[0]) throw new Error('Expected one row of counts, got none');
  return rows[0];
}

/** The counts of a leaf partition without reading its heap: of stale rows by the rules that an index serves. */
export async function countStale(leaf: LeafPartition, run: CleanupRun): Promise<CleanupCounts | End> {
  const { test } = run;
  const work = async () => {
    let counts = noCounts;
    for (const [pass, rule] of test.rules.entries()) {
      if (!isIndexed(leaf, rule)) continue;
      const statement = cleanupStatements(leaf, test, { pass }).countStale;
      const row = await onlyRow<{ overdue: number; seconds: number | null }>(run, statement, [
        countLimit + 1,
      ]);
      counts = addCounts(counts, staleCounts(rule, row));
    }
    const { countUnreadable } = cleanupStatements(leaf, test);
    const left = await onlyRow<{ unreadable: number; proof: string }>(run, countUnreadable, [countLimit]);
    return { ...counts, ...left };
  };
  const found = await proven(run, leaf, work, localSettings);
  if (typeof found === 'string') return found;
  const { proof: _, ...counts } = found;
  return counts;
}

/** Whether any row is stale by a rule that no index serves, and by no rule before it. */
export async function findStale(
  leaf: LeafPartition,
  run: CleanupRun,
  pass: number,
): Promise<'scan' | 'none' | End> {
  const { findStale: statement } = cleanupStatements(leaf, run.test, { pass });
  const work = () => onlyRow<{ found: boolean; proof: string }>(run, statement);
  try {
    const found = await proven(run, leaf, work, localSettings);
    if (typeof found === 'string') return found;
    return found.found ? 'scan' : 'none';
  } catch (error) {
    // A large table without an index takes longer than one statement may: it is read in slices.
    if (isOutOfTime(error)) return 'scan';
    throw error;
  }
}

/** All sessions; undefined if counting them is not cheap. */
export async function countRows(leaf: LeafPartition, run: CleanupRun): Promise<number | undefined | End> {
  const { countRows: statement } = cleanupStatements(leaf, run.test);
  if ((leaf.rowEstimate ?? 0) > countableRows) return undefined;
  const limit = leaf.pages > smallLeaf ? countTime.large : countTime.small;
  const work = () => onlyRow<{ rows: number; proof: string }>(run, statement);
  try {
    const found = await proven(run, leaf, work, { ...localSettings, statement_timeout: limit });
    return typeof found === 'string' ? found : found.rows;
  } catch (error) {
    if (!isOutOfTime(error)) throw error;
    return undefined;
  }
}
