import { inSteps } from '../pace.ts';
import { nothing, sum, type Tally } from '../tables/tally.ts';
import type { Leaf } from './leaf.ts';
import { cleanupStatements } from './statements.ts';
import { hasCode, localSettings, stepping, type Task } from './task.ts';

/** Pages. */
const sliceSize = { first: 32, least: 1, most: 16_384 };
/** How long a slice waits for rows that somebody has locked before it goes on without them. */
const briefly = '40ms';

/** A slice is read by its pages and in no other way, whatever the statistics make the planner think. */
const bySlice = {
  ...localSettings,
  ...{
    enable_tidscan: 'on',
    enable_seqscan: 'off',
    enable_indexscan: 'off',
    enable_indexonlyscan: 'off',
    enable_bitmapscan: 'off',
  },
};

export interface SweepOptions {
  /** The page to begin at. */
  readonly from?: number;
  /** Whether stale rows are deleted, or only counted. */
  readonly deletes: boolean;
}

export interface Sweep {
  readonly deleted: number;
  /** Of the pages that were seen, after the deletion: exact. */
  readonly tally: Tally;
  /** The first page that was not seen: the number of pages where all were. */
  readonly next: number;
}

/** Goes once over a leaf's heap, slice by slice, deletes what is stale and counts what is left. Needs no index. */
export async function sweep(leaf: Leaf, task: Task, { from = 0, deletes }: SweepOptions): Promise<Sweep> {
  const { connection, layout, cutoff } = task;
  const statements = cleanupStatements(leaf, layout, cutoff);
  let [deleted, tally, next, waits] = [0, nothing, from, true];

  const deleteSlice = async (bounds: readonly string[]): Promise<number> => {
    const statement = waits ? statements.deleteSlice : statements.deleteSliceUnlocked;
    return (await connection.query(statement, [cutoff.text, ...bounds])).rowCount ?? 0;
  };
  const step = async (size: number): Promise<boolean> => {
    const end = Math.min(next + size, leaf.pages);
    const bounds = [`(${next},0)`, `(${end},0)`];
    const work = async () => {
      const gone = deletes ? await deleteSlice(bounds) : 0;
      const { rows } = await connection.query<SliceCount>(statements.countSlice, [cutoff.text, ...bounds]);
      return { gone, left: rows[0] };
    };
    const { gone, left } = await connection
      .transaction(work, { ...bySlice, ...(waits && { lock_timeout: briefly }) })
      .catch((error: unknown) => {
        if (waits && hasCode(error, '55P03')) waits = false;
        throw error;
      });
    deleted += gone;
    tally = sum(tally, { ...nothing, ...left, oldest: left?.oldest ?? nothing.oldest });
    next = end;
    return next >= leaf.pages;
  };
  await inSteps(step, stepping(task, sliceSize));
  return { deleted, tally, next };
}

interface SliceCount {
  readonly rows: number;
  readonly overdue: number;
  readonly unreadable: number;
  readonly oldest: number | null;
}
