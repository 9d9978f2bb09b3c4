import { nothing, type Tally } from '../tables/tally.ts';
import type { Leaf } from './leaf.ts';
import { cleanupStatements } from './statements.ts';
import { hasCode, localSettings, type Task } from './task.ts';

/** Overdue and unreadable rows are counted up to here. */
const countLimit = 10_000;
/** Rows, by the server's statistics, up to which it is worth trying to count them all. */
const countableRows = 1_500_000;
/** And how long that may take. */
const countTime = '100ms';

/** What is left in a leaf with an index on its time, without reading its heap. */
export async function countByIndex(leaf: Leaf, task: Task, deleted: number): Promise<Tally> {
  const { connection, layout, cutoff } = task;
  const statements = cleanupStatements(leaf, layout, cutoff);
  const [stale, unknown] = await connection.transaction(
    async () => [
      await connection.query<{ overdue: number; oldest: number | null }>(statements.countStale, [
        cutoff.text,
        countLimit + 1,
      ]),
      await connection.query<{ unreadable: number }>(statements.countUnreadable, [countLimit]),
    ],
    localSettings,
  );
  const { overdue = 0, oldest = null } = stale?.rows[0] ?? {};
  return {
    ...(await countRows(leaf, task, deleted)),
    overdue: Math.min(overdue, countLimit),
    overdueAtLeast: overdue > countLimit,
    unreadable: unknown?.rows[0]?.unreadable ?? 0,
    oldest: oldest ?? nothing.oldest,
  };
}

type Rows = Pick<Tally, 'rows' | 'rowsAreEstimate'>;

/** Exact where that is cheap, else what the statistics said when the run began less what it deleted. */
async function countRows(leaf: Leaf, task: Task, deleted: number): Promise<Rows> {
  const { connection, layout, cutoff } = task;
  const { countRows: statement } = cleanupStatements(leaf, layout, cutoff);
  if ((leaf.rowEstimate ?? 0) > countableRows) return estimate(leaf, deleted);
  try {
    const { rows } = await connection.transaction(() => connection.query<{ rows: number }>(statement), {
      ...localSettings,
      statement_timeout: countTime,
    });
    return { rows: rows[0]?.rows, rowsAreEstimate: false };
  } catch (error) {
    if (!hasCode(error, '57014')) throw error;
    return estimate(leaf, deleted);
  }
}

const estimate = ({ rowEstimate }: Leaf, deleted: number): Rows => ({
  rows: rowEstimate === undefined ? undefined : Math.max(0, rowEstimate - deleted),
  rowsAreEstimate: true,
});
