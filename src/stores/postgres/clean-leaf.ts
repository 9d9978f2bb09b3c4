import { paces } from '../pace.ts';
import {
  addCounts,
  type Cleaned,
  type CleanupCounts,
  countRestMs,
  noCounts,
} from '../tables/cleanup-counts.ts';
import { drain } from './batches.ts';
import { countByIndex } from './count.ts';
import type { Leaf } from './leaf.ts';
import type { End } from './proof.ts';
import type { Refused } from './refusals.ts';
import { type SweepOptions, sweep } from './slices.ts';
import type { Task } from './task.ts';

export interface CleanedLeaf extends Cleaned {
  readonly refused: Refused;
  /** Why it was not cleaned to its end. */
  readonly end?: End;
}

/** In batches while few rows are stale and an index finds them, else in one pass over the heap. */
export async function cleanLeaf(leaf: Leaf, task: Task, dryRun: boolean): Promise<CleanedLeaf> {
  const drained = leaf.hasTimeIndex && !dryRun ? await drain(leaf, task) : undefined;
  if (!drained) return sweepLeaf(leaf, task, { deletes: !dryRun });
  const { deleted, refused, outcome } = drained;
  if (outcome === 'many') {
    const swept = await sweepLeaf(leaf, task, { deletes: true });
    return { ...swept, deleted: deleted + swept.deleted };
  }
  if (outcome === 'gone' || outcome === 'rewritten') return ended(outcome, deleted, refused);
  const counts = await countByIndex(leaf, task, deleted);
  if (typeof counts === 'string') return ended(counts, deleted, refused);
  return { deleted, refused, counts, complete: outcome === 'empty' };
}

async function sweepLeaf(leaf: Leaf, task: Task, options: SweepOptions): Promise<CleanedLeaf> {
  const { deleted, refused, end, next, counts } = await sweep(leaf, task, options);
  if (end) return ended(end, deleted, refused);
  if (next >= leaf.pages) return { deleted, refused, counts, complete: true };
  const rest = await glanceAt(leaf, task, next);
  if (typeof rest === 'string') return ended(rest, deleted, refused);
  return { deleted, refused, counts: addCounts(counts, rest), complete: false };
}

/** Nothing is left of a partition that went; of one that was rewritten, the next run counts what is left. */
const ended = (end: End, deleted: number, refused: Refused): CleanedLeaf =>
  end === 'gone'
    ? { deleted, refused: {}, counts: noCounts, complete: true, end }
    : {
        deleted,
        refused,
        counts: { ...noCounts, rows: undefined, overdueAtLeast: true },
        complete: false,
        end,
      };

/** Counts what a run that was stopped had not come to, for a second at most. */
async function glanceAt(leaf: Leaf, task: Task, from: number): Promise<CleanupCounts | End> {
  const hurried: Task = { ...task, pace: paces.full, signal: AbortSignal.timeout(countRestMs) };
  const { counts, next, end } = await sweep(leaf, hurried, { from, deletes: false });
  if (end) return end;
  if (next >= leaf.pages) return counts;
  const unseen = leaf.rowEstimate && Math.round((leaf.rowEstimate * (leaf.pages - next)) / leaf.pages);
  return addCounts(counts, { ...noCounts, overdueAtLeast: true, rows: unseen, rowsAreEstimate: true });
}
