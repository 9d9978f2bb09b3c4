import { paces } from '../pace.ts';
import {
  addCounts,
  type Cleaned,
  type CleanupCounts,
  countRestMs,
  noCounts,
} from '../tables/cleanup-counts.ts';
import type { CleanupRun } from './cleanup-run.ts';
import { countByIndex } from './count.ts';
import { deleteByIndex } from './delete-by-index.ts';
import { countByScan, deleteByScan, type Scan } from './delete-by-scan.ts';
import type { LeafPartition } from './leaf-partition.ts';
import type { End } from './proof.ts';
import type { Refused } from './refusals.ts';

export interface CleanedLeaf extends Cleaned {
  readonly refused: Refused;
  /** The reason why it was not cleaned completely. */
  readonly end?: End;
}

/** In batches while few rows are stale and an index finds them, otherwise in one pass over the heap. */
export async function cleanLeaf(leaf: LeafPartition, run: CleanupRun, dryRun: boolean): Promise<CleanedLeaf> {
  const byIndex = leaf.hasTimeIndex && !dryRun ? await deleteByIndex(leaf, run) : undefined;
  if (!byIndex) return withRest(leaf, run, await (dryRun ? countByScan : deleteByScan)(leaf, run));
  const { deleted, refused, outcome } = byIndex;
  if (outcome === 'many') {
    const scanned = await withRest(leaf, run, await deleteByScan(leaf, run));
    return { ...scanned, deleted: deleted + scanned.deleted };
  }
  if (outcome === 'gone' || outcome === 'rewritten') return ended(outcome, deleted, refused);
  const counts = await countByIndex(leaf, run, deleted);
  if (typeof counts === 'string') return ended(counts, deleted, refused);
  return { deleted, refused, counts, complete: outcome === 'empty' };
}

/** A scan with the counts of the pages that it did not come to. */
async function withRest(
  leaf: LeafPartition,
  run: CleanupRun,
  { deleted, refused, end, next, counts }: Scan,
): Promise<CleanedLeaf> {
  if (end) return ended(end, deleted, refused);
  if (next >= leaf.pages) return { deleted, refused, counts, complete: true };
  const rest = await countRest(leaf, run, next);
  if (typeof rest === 'string') return ended(rest, deleted, refused);
  return { deleted, refused, counts: addCounts(counts, rest), complete: false };
}

/** A removed partition has no rows left; the next run counts those of a rewritten one. */
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

/** Counts the rows that a stopped run had not reached, for at most a second. */
async function countRest(leaf: LeafPartition, run: CleanupRun, from: number): Promise<CleanupCounts | End> {
  const hurried: CleanupRun = { ...run, pace: paces.full, signal: AbortSignal.timeout(countRestMs) };
  const { counts, next, end } = await countByScan(leaf, hurried, from);
  if (end) return end;
  if (next >= leaf.pages) return counts;
  const unseen = leaf.rowEstimate && Math.round((leaf.rowEstimate * (leaf.pages - next)) / leaf.pages);
  return addCounts(counts, { ...noCounts, overdueAtLeast: true, rows: unseen, rowsAreEstimate: true });
}
