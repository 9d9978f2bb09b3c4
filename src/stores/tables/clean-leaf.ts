import { paces } from '../pace.ts';
import type { ProgressMeter } from '../progress-meter.ts';
import { addCounts, type CleanupCounts, countRestMs, noCounts } from './cleanup-counts.ts';
import { totalOf } from './undeletable.ts';
import { addRemovals, type End, nothingRemoved, type Pacing, type Removal, type Walked } from './walk.ts';

/**
 * A part of a table that holds rows itself, as a server goes over it: the table, or one partition of it. `At`: position
 * of a scan.
 */
export interface Leaf<At> {
  /** Whether an index serves each rule of age. */
  readonly indexed: readonly boolean[];
  /** The number of sessions by the server's statistics, if these have it. */
  readonly rowEstimate: number | undefined;
  /** The best way to the rows that are stale by a rule, and by none before; `none`: there is no such row. */
  readonly wayBy: (pass: number) => Promise<'index' | 'scan' | 'none' | End>;
  /** Deletes these rows through the index, oldest first. */
  readonly deleteByIndex: (pass: number, progress: ProgressMeter) => Promise<Walked>;
  /** Deletes the rows that are stale by any rule in one pass over all rows, and counts the others. Needs no index. */
  readonly deleteByScan: (progress: ProgressMeter) => Promise<Walked<At>>;
  /** Counts the rows, from a position on. */
  readonly countByScan: (
    progress: ProgressMeter,
    from?: At,
    pacing?: Omit<Pacing, 'isRetryable'>,
  ) => Promise<Walked<At>>;
  /** Counts stale rows by the rules that an index serves, and unreadable ones. */
  readonly countStale: () => Promise<CleanupCounts | End>;
  /** All sessions; undefined if counting them would take long. */
  readonly countRows: () => Promise<number | undefined | End>;
  /** The counts of a scan with what is known at its end, where the server does not report rows that went meanwhile. */
  readonly settled?: (counts: CleanupCounts) => Promise<CleanupCounts>;
}

/** Deleted and remaining rows. */
export interface Cleaned extends Removal {
  readonly counts: CleanupCounts;
  readonly complete: boolean;
  /** The reason why it was not cleaned completely. */
  readonly end?: End;
}

/** Facts of a run, as its leaves see it. */
export interface LeafRun {
  readonly dryRun: boolean;
  readonly progress: ProgressMeter;
  /** True if no other leaf holds rows of the table. */
  readonly isOnly: boolean;
}

/**
 * In batches while few rows are stale and an index finds them, otherwise in one pass over all rows, which is about all
 * rules.
 */
export async function cleanLeaf<At>(leaf: Leaf<At>, run: LeafRun): Promise<Cleaned> {
  const { dryRun, progress, isOnly } = run;
  if (dryRun) return withRest(leaf, run, await leaf.countByScan(progress));
  const { outcome, ...removed } = await deleteByRules(leaf, progress);
  if (outcome === 'many') {
    // Of several partitions the others may need no scan.
    if (leaf.indexed[0]) progress.expect(isOnly ? unseenOf(leaf, removed.deleted) : undefined);
    return withRest(leaf, run, await leaf.deleteByScan(progress), removed.deleted);
  }
  if (isEnd(outcome)) return ended(outcome, removed);
  const counts = await countByIndex(leaf, removed.deleted);
  if (typeof counts === 'string') return ended(counts, removed);
  return { ...removed, complete: outcome === 'all', counts: judged(leaf, counts, removed, outcome) };
}

/** A run that stopped has not looked for stale rows by the rules without an index. */
function judged(
  { indexed }: Pick<Leaf<unknown>, 'indexed'>,
  counts: CleanupCounts,
  { undeletable }: Removal,
  outcome: Walked['outcome'],
): CleanupCounts {
  const isUnseen = outcome === 'stopped' && indexed.includes(false);
  const overdue = Math.max(counts.overdue, totalOf(undeletable));
  return { ...counts, overdue, ...(isUnseen && { overdueAtLeast: true }) };
}

const isEnd = (outcome: Walked['outcome']): outcome is End => outcome === 'gone' || outcome === 'rewritten';

/** A pass for each rule, until one finds more rows than are worth it. */
async function deleteByRules(
  leaf: Pick<Leaf<unknown>, 'indexed' | 'wayBy' | 'deleteByIndex'>,
  progress: ProgressMeter,
): Promise<Removal & Pick<Walked, 'outcome'>> {
  let removed = nothingRemoved;
  for (const pass of leaf.indexed.keys()) {
    const way = await leaf.wayBy(pass);
    if (way === 'none') continue;
    if (way !== 'index') return { ...removed, outcome: way === 'scan' ? 'many' : way };
    const { outcome, ...walked } = await leaf.deleteByIndex(pass, progress);
    removed = addRemovals(removed, walked);
    if (outcome !== 'all') return { ...removed, outcome };
  }
  return { ...removed, outcome: 'all' };
}

/** The counts without a pass over all rows. For a rule without an index there is no stale row, or nobody has looked. */
async function countByIndex(
  leaf: Pick<Leaf<unknown>, 'countStale' | 'countRows' | 'rowEstimate'>,
  deleted: number,
): Promise<CleanupCounts | End> {
  const stale = await leaf.countStale();
  if (typeof stale === 'string') return stale;
  const rows = await leaf.countRows();
  if (typeof rows === 'string') return rows;
  return rows === undefined
    ? { ...stale, rows: unseenOf(leaf, deleted), rowsAreEstimate: true }
    : { ...stale, rows, rowsAreEstimate: false };
}

/** Rows by the statistics from the start of the run, without those that are known. */
const unseenOf = ({ rowEstimate }: Pick<Leaf<unknown>, 'rowEstimate'>, known: number): number | undefined =>
  rowEstimate === undefined ? undefined : Math.max(0, rowEstimate - known);

/** A scan with the counts of the rows that it did not come to. `before`: rows that were deleted before it. */
async function withRest<At>(
  leaf: Leaf<At>,
  { progress }: LeafRun,
  scan: Walked<At>,
  before = 0,
): Promise<Cleaned> {
  const { undeletable, outcome } = scan;
  const removed = { undeletable, deleted: before + scan.deleted };
  if (isEnd(outcome)) return ended(outcome, removed);
  const complete = outcome === 'all';
  const counts = complete ? scan.counts : await countRest(leaf, progress, scan, removed.deleted);
  if (typeof counts === 'string') return ended(counts, removed);
  return { ...removed, complete, counts: leaf.settled ? await leaf.settled(counts) : counts };
}

/** A removed partition has no rows left; the next run counts those of a rewritten one. */
const ended = (end: End, { deleted, undeletable }: Removal): Cleaned =>
  end === 'gone'
    ? { deleted, undeletable: {}, counts: noCounts, complete: true, end }
    : {
        deleted,
        undeletable,
        complete: false,
        end,
        counts: { ...noCounts, rows: undefined, overdueAtLeast: true },
      };

/** Counts the rows that a stopped run had not reached as well, for at most a second. */
async function countRest<At>(
  leaf: Leaf<At>,
  progress: ProgressMeter,
  { at, counts: seen }: Walked<At>,
  deleted: number,
): Promise<CleanupCounts | End> {
  const hurried = { pace: paces.full, signal: AbortSignal.timeout(countRestMs) };
  const { counts: rest, outcome } = await leaf.countByScan(progress, at, hurried);
  if (isEnd(outcome)) return outcome;
  const counts = addCounts(seen, rest);
  if (outcome === 'all') return counts;
  const rows = unseenOf(leaf, deleted + (counts.rows ?? 0));
  return addCounts(counts, { ...noCounts, overdueAtLeast: true, rows, rowsAreEstimate: true });
}
