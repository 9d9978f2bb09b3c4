import { addCounts, type CleanupCounts, noCounts, oldestBy } from '../tables/cleanup-counts.ts';
import { type CleanupRun, hasCode, localSettings } from './cleanup-run.ts';
import { isIndexed, type LeafPartition } from './leaf-partition.ts';
import { type End, proven } from './proof.ts';
import { cleanupStatements } from './statements.ts';

/** Limit of the counts of overdue and unreadable rows. */
const countLimit = 10_000;
/** Number of rows, by the server's statistics, up to which all are counted. */
const countableRows = 1_500_000;
/** Time limit of that count; a small leaf is counted in a moment, even on a server that has much else to do. */
const countTime = { small: '2s', large: '100ms' } as const;
/** In pages. */
const smallLeaf = 2000;

/**
 * The counts of a leaf partition without reading its heap: of stale rows by the rules that an index serves. For any
 * other rule `findStale` has found no row, or the run has stopped before it.
 */
export async function countByIndex(
  leaf: LeafPartition,
  run: CleanupRun,
  deleted: number,
): Promise<CleanupCounts | End> {
  const stale = await countStale(leaf, run);
  if (typeof stale === 'string') return stale;
  const rows = await countRows(leaf, run, deleted);
  if (typeof rows === 'string') return rows;
  return { ...stale.counts, ...rows };
}

function countStale(leaf: LeafPartition, run: CleanupRun) {
  const { connection, test } = run;
  const work = async () => {
    let counts = noCounts;
    for (const [pass, rule] of test.rules.entries())
      if (isIndexed(leaf, rule)) counts = addCounts(counts, await countRule(leaf, run, pass));
    const { countUnreadable } = cleanupStatements(leaf, test);
    const { rows } = await connection.query<Unreadable>(countUnreadable, [countLimit]);
    if (!rows[0]) throw new Error('Expected one row about what is left, got none');
    const { unreadable, proof } = rows[0];
    return { counts: { ...counts, unreadable }, proof };
  };
  return proven(run, leaf, work, localSettings);
}

async function countRule(
  leaf: LeafPartition,
  { connection, test }: CleanupRun,
  pass: number,
): Promise<CleanupCounts> {
  const { countStale: statement } = cleanupStatements(leaf, test, { pass });
  const { rows } = await connection.query<Stale>(statement, [countLimit + 1]);
  if (!rows[0]) throw new Error('Expected one row about what is stale, got none');
  const { overdue, seconds } = rows[0];
  return {
    ...noCounts,
    overdue: Math.min(overdue, countLimit),
    overdueAtLeast: overdue > countLimit,
    oldest: oldestBy(test.rules.slice(pass, pass + 1), () => seconds),
  };
}

/** Whether any row is stale by a rule that no index serves, and by no rule before it. */
export async function findStale(leaf: LeafPartition, run: CleanupRun, pass: number): Promise<boolean | End> {
  const { connection, test } = run;
  const { findStale: statement } = cleanupStatements(leaf, test, { pass });
  const work = async () => {
    const { rows } = await connection.query<Found>(statement);
    if (!rows[0]) throw new Error('Expected one row about what is stale, got none');
    return rows[0];
  };
  try {
    const found = await proven(run, leaf, work, localSettings);
    return typeof found === 'string' ? found : found.found;
  } catch (error) {
    // A large table without an index takes longer than one statement may: it is read in slices.
    if (hasCode(error, '57014')) return true;
    throw error;
  }
}

interface Found {
  readonly found: boolean;
  readonly proof: string;
}

interface Stale {
  readonly overdue: number;
  readonly seconds: number | null;
}

interface Unreadable {
  readonly unreadable: number;
  readonly proof: string;
}

type Rows = Pick<CleanupCounts, 'rows' | 'rowsAreEstimate'>;

/** Exact if that is cheap, otherwise the statistics from the start of the run minus the deleted rows. */
async function countRows(leaf: LeafPartition, run: CleanupRun, deleted: number): Promise<Rows | End> {
  const { connection, test } = run;
  const { countRows: statement } = cleanupStatements(leaf, test);
  const estimated = estimate(test.session === undefined ? leaf : {}, deleted);
  if ((leaf.rowEstimate ?? 0) > countableRows) return estimated;
  const limit = leaf.pages > smallLeaf ? countTime.large : countTime.small;
  const work = async () => {
    const { rows } = await connection.query<{ rows: number; proof: string }>(statement);
    if (!rows[0]) throw new Error('Expected one row with a count, got none');
    return rows[0];
  };
  try {
    const found = await proven(run, leaf, work, { ...localSettings, statement_timeout: limit });
    return typeof found === 'string' ? found : { rows: found.rows, rowsAreEstimate: false };
  } catch (error) {
    if (!hasCode(error, '57014')) throw error;
    return estimated;
  }
}

/** Statistics count rows that are not sessions, too. */
const estimate = ({ rowEstimate }: Pick<LeafPartition, 'rowEstimate'>, deleted: number): Rows => ({
  rows: rowEstimate === undefined ? undefined : Math.max(0, rowEstimate - deleted),
  rowsAreEstimate: true,
});
