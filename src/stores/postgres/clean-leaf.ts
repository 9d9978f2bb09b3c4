import { paces } from '../pace.ts';
import { type Cleaned, countRestMs, nothing, sum, type Tally } from '../tables/tally.ts';
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
  const tally = await countByIndex(leaf, task, deleted);
  if (typeof tally === 'string') return ended(tally, deleted, refused);
  return { deleted, refused, tally, complete: outcome === 'empty' };
}

async function sweepLeaf(leaf: Leaf, task: Task, options: SweepOptions): Promise<CleanedLeaf> {
  const { deleted, refused, end, next, tally } = await sweep(leaf, task, options);
  if (end) return ended(end, deleted, refused);
  if (next >= leaf.pages) return { deleted, refused, tally, complete: true };
  const rest = await glanceAt(leaf, task, next);
  if (typeof rest === 'string') return ended(rest, deleted, refused);
  return { deleted, refused, tally: sum(tally, rest), complete: false };
}

/** Nothing is left of a partition that went; of one that was rewritten, the next run counts what is left. */
const ended = (end: End, deleted: number, refused: Refused): CleanedLeaf =>
  end === 'gone'
    ? { deleted, refused: {}, tally: nothing, complete: true, end }
    : {
        deleted,
        refused,
        tally: { ...nothing, rows: undefined, overdueAtLeast: true },
        complete: false,
        end,
      };

/** Counts what a run that was stopped had not come to, for a second at most. */
async function glanceAt(leaf: Leaf, task: Task, from: number): Promise<Tally | End> {
  const hurried: Task = { ...task, pace: paces.full, signal: AbortSignal.timeout(countRestMs) };
  const { tally, next, end } = await sweep(leaf, hurried, { from, deletes: false });
  if (end) return end;
  if (next >= leaf.pages) return tally;
  const unseen = leaf.rowEstimate && Math.round((leaf.rowEstimate * (leaf.pages - next)) / leaf.pages);
  return sum(tally, { ...nothing, overdueAtLeast: true, rows: unseen, rowsAreEstimate: true });
}
