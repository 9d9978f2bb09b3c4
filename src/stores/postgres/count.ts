import { type CleanupCounts, noCounts } from '../tables/cleanup-counts.ts';
import { type CleanupRun, hasCode, localSettings } from './cleanup-run.ts';
import type { LeafPartition } from './leaf-partition.ts';
import { type End, proven } from './proof.ts';
import { cleanupStatements } from './statements.ts';

/** Limit of the counts of overdue and unreadable rows. */
const countLimit = 10_000;
/** Number of rows, by the server's statistics, up to which all are counted. */
const countableRows = 1_500_000;
/** Time limit of that count. */
const countTime = '100ms';

/** The counts of a leaf partition with an index on its time, without reading its heap. */
export async function countByIndex(
  leaf: LeafPartition,
  run: CleanupRun,
  deleted: number,
): Promise<CleanupCounts | End> {
  const stale = await countStale(leaf, run);
  if (typeof stale === 'string') return stale;
  const rows = await countRows(leaf, run, deleted);
  if (typeof rows === 'string') return rows;
  const { overdue, oldest, unreadable } = stale;
  return {
    ...rows,
    overdue: Math.min(overdue, countLimit),
    overdueAtLeast: overdue > countLimit,
    unreadable,
    oldest: oldest ?? noCounts.oldest,
  };
}

function countStale(leaf: LeafPartition, run: CleanupRun) {
  const { connection, layout, cutoff } = run;
  const statements = cleanupStatements(leaf, layout, cutoff);
  const work = async () => {
    const stale = await connection.query<Stale>(statements.countStale, [cutoff.text, countLimit + 1]);
    const unknown = await connection.query<Unreadable>(statements.countUnreadable, [countLimit]);
    const [[some], [none]] = [stale.rows, unknown.rows];
    if (!some || !none) throw new Error('Expected one row about what is left, got none');
    return { ...some, ...none };
  };
  return proven(run, leaf, work, localSettings);
}

interface Stale {
  readonly overdue: number;
  readonly oldest: number | null;
}

interface Unreadable {
  readonly unreadable: number;
  readonly proof: string;
}

type Rows = Pick<CleanupCounts, 'rows' | 'rowsAreEstimate'>;

/** Exact if that is cheap, otherwise the statistics from the start of the run minus the deleted rows. */
async function countRows(leaf: LeafPartition, run: CleanupRun, deleted: number): Promise<Rows | End> {
  const { connection, layout, cutoff } = run;
  const { countRows: statement } = cleanupStatements(leaf, layout, cutoff);
  if ((leaf.rowEstimate ?? 0) > countableRows) return estimate(leaf, deleted);
  const work = async () => {
    const { rows } = await connection.query<{ rows: number; proof: string }>(statement);
    if (!rows[0]) throw new Error('Expected one row with a count, got none');
    return rows[0];
  };
  try {
    const found = await proven(run, leaf, work, { ...localSettings, statement_timeout: countTime });
    return typeof found === 'string' ? found : { rows: found.rows, rowsAreEstimate: false };
  } catch (error) {
    if (!hasCode(error, '57014')) throw error;
    return estimate(leaf, deleted);
  }
}

const estimate = ({ rowEstimate }: LeafPartition, deleted: number): Rows => ({
  rows: rowEstimate === undefined ? undefined : Math.max(0, rowEstimate - deleted),
  rowsAreEstimate: true,
});
