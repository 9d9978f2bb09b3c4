import { paces } from '../pace.ts';
import {
  addCounts,
  type Cleaned,
  type CleanupCounts,
  countRestMs,
  noCounts,
} from '../tables/cleanup-counts.ts';
import { plus, type Undeletable } from '../tables/undeletable.ts';
import type { CleanupRun } from './cleanup-run.ts';
import { countByIndex, findStale } from './count.ts';
import { deleteByIndex, type IndexDeletion } from './delete-by-index.ts';
import { countByScan, deleteByScan, type Scan } from './delete-by-scan.ts';
import { isIndexed, type LeafPartition } from './leaf-partition.ts';
import type { End } from './proof.ts';

export interface CleanedLeaf extends Cleaned {
  readonly refused: Undeletable;
  /** The reason why it was not cleaned completely. */
  readonly end?: End;
}

/**
 * In batches while few rows are stale and an index finds them, otherwise in one pass over the heap, which is about all
 * rules.
 */
export async function cleanLeaf(leaf: LeafPartition, run: CleanupRun, dryRun: boolean): Promise<CleanedLeaf> {
  if (dryRun) return withRest(leaf, run, await countByScan(leaf, run));
  if (!isIndexed(leaf, run.test.rules[0])) return withRest(leaf, run, await deleteByScan(leaf, run));
  const { deleted, refused, outcome } = await deleteByRules(leaf, run);
  if (outcome === 'many') {
    // Of several partitions the others may need no scan.
    const isAll = leaf.oid === leaf.rootOid && run.test.session === undefined;
    run.progress.expect(isAll && leaf.rowEstimate !== undefined ? leaf.rowEstimate - deleted : undefined);
    const scanned = await withRest(leaf, run, await deleteByScan(leaf, run));
    return { ...scanned, deleted: deleted + scanned.deleted };
  }
  if (outcome === 'gone' || outcome === 'rewritten') return ended(outcome, deleted, refused);
  const counts = await countByIndex(leaf, run, deleted);
  if (typeof counts === 'string') return ended(counts, deleted, refused);
  return { deleted, refused, ...judged(leaf, run, counts, outcome === 'empty') };
}

/** A run that stopped has not looked for stale rows by the rules without an index. */
const judged = (leaf: LeafPartition, { test }: CleanupRun, counts: CleanupCounts, complete: boolean) => {
  const isUnseen = !complete && test.rules.some((rule) => !isIndexed(leaf, rule));
  return { complete, counts: isUnseen ? { ...counts, overdueAtLeast: true } : counts };
};

/** A pass for each rule, until one finds more rows than are worth it. */
async function deleteByRules(leaf: LeafPartition, run: CleanupRun): Promise<IndexDeletion> {
  let all: IndexDeletion = { deleted: 0, refused: {}, outcome: 'empty' };
  for (const pass of run.test.rules.keys()) {
    const { deleted, refused, outcome } = await deleteByRule(leaf, run, pass);
    all = { deleted: all.deleted + deleted, refused: plus(all.refused, refused), outcome };
    if (outcome !== 'empty') return all;
  }
  return all;
}

async function deleteByRule(leaf: LeafPartition, run: CleanupRun, pass: number): Promise<IndexDeletion> {
  if (isIndexed(leaf, run.test.rules[pass] ?? run.test.rules[0])) return deleteByIndex(leaf, run, pass);
  const found = await findStale(leaf, run, pass);
  const outcome = typeof found === 'string' ? found : found ? 'many' : 'empty';
  return { deleted: 0, refused: {}, outcome };
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
const ended = (end: End, deleted: number, refused: Undeletable): CleanedLeaf =>
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
