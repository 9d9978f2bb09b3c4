import type { CleanupReport } from '../../api/runner-result.ts';
import { ProgressMeter } from '../progress-meter.ts';
import type { CleanupOptions } from '../session-store.ts';
import { type Cleaned, cleanLeaf, type Leaf, type LeafRun } from './clean-leaf.ts';
import { addCounts, lockedNote, noCounts, oldestInstant, reportedCounts } from './cleanup-counts.ts';
import { type EpochSample, requireUnits } from './cutoff-unit.ts';
import type { StaleRule, TimeClock } from './stale-rule.ts';
import type { StaleTest } from './stale-test.ts';
import { totalOf, undeletableIn } from './undeletable.ts';
import { addRemovals, type End, nothingRemoved, type Removal } from './walk.ts';

/** A checked table, for one run: the part that each kind of server has its own of. */
export interface CleanableTable<At> {
  /** For messages. */
  readonly name: string;
  readonly layoutName: string;
  readonly test: StaleTest;
  /** In seconds since 1970. */
  readonly cutoff: number;
  readonly leaves: readonly Leaf<At>[];
  readonly connection: CleanupReport['connection'];
  /** Absent if no time depends on a zone. */
  readonly timeZone: CleanupReport['timeZone'] | undefined;
  /** Counts, as SQL, in a sample of rows that fulfil the condition. */
  readonly sampleOf: (rule: StaleRule, isTime: string, counts: string) => Promise<EpochSample>;
  readonly instantOf: (seconds: number, clock: Exclude<TimeClock, 'instant'>) => number | Promise<number>;
  /** Does the deletion. */
  readonly within?: <T>(work: () => Promise<T>) => Promise<T>;
  /** Facts that were met, once all is done; `isVoid`: the figures count rows that may no longer exist. */
  readonly remarks: (ends: readonly End[]) => {
    readonly notes: readonly string[];
    readonly isVoid?: boolean;
  };
}

/**
 * Deletes stale sessions of a checked table leaf by leaf, in small transactions, and counts the rest. Throws
 * ShapeMismatch before the first deletion if a column of numbers is in another unit.
 */
export async function cleanTable<At>(
  table: CleanableTable<At>,
  { dryRun = false, onProgress }: Pick<CleanupOptions, 'dryRun' | 'onProgress'>,
): Promise<CleanupReport> {
  const { test, timeZone, within = (work) => work() } = table;
  await requireUnits(table, test, table.cutoff, table.sampleOf);
  const progress = new ProgressMeter(onProgress, scannedRows(table.leaves, dryRun));
  const run = { dryRun, progress, isOnly: table.leaves.length === 1 };
  const leaves = await within(() => cleanLeaves(table.leaves, run));
  const { deleted, undeletable } = leaves.reduce<Removal>(addRemovals, nothingRemoved);
  const counts = leaves.reduce((total, leaf) => addCounts(total, leaf.counts), noCounts);
  const isWhole = leaves.every(({ complete }) => complete);
  const isLocked = !dryRun && isWhole && counts.overdue > totalOf(undeletable);
  const oldestStale = await oldestInstant(counts.oldest, table.instantOf);
  const { notes, isVoid = false } = table.remarks([...new Set(leaves.flatMap(({ end }) => end ?? []))]);
  return {
    deleted,
    complete: isWhole && !isVoid,
    dryRun,
    ...reportedCounts(counts),
    ...(oldestStale && { oldestStale }),
    ...(timeZone && { timeZone }),
    ...undeletableIn(undeletable),
    connection: table.connection,
    notes: [...notes, ...(isLocked ? [lockedNote] : [])],
  };
}

/** Estimate of the rows that a clean-up scans; undefined if it uses an index, or without statistics. */
function scannedRows(
  leaves: readonly Pick<Leaf<unknown>, 'indexed' | 'rowEstimate'>[],
  dryRun: boolean,
): number | undefined {
  if (!dryRun && leaves.some(({ indexed }) => indexed[0])) return undefined;
  return leaves.reduce<number | undefined>(
    (total, { rowEstimate: rows }) => (total === undefined || rows === undefined ? undefined : total + rows),
    0,
  );
}

async function cleanLeaves<At>(leaves: readonly Leaf<At>[], run: LeafRun): Promise<readonly Cleaned[]> {
  const cleaned: Cleaned[] = [];
  for (const leaf of leaves) cleaned.push(await cleanLeaf(leaf, run));
  return cleaned;
}
