import { inSteps, type SizeRange, type Stepping } from '../pace.ts';
import type { ProgressMeter } from '../progress-meter.ts';
import { addCounts, type CleanupCounts, noCounts } from './cleanup-counts.ts';
import { plus, totalOf, type Undeletable } from './undeletable.ts';

/** The reason why work on a leaf ends: it was dropped or detached, or its rows have moved. */
export type End = 'gone' | 'rewritten';

/** Deleted rows, and rows that could not be deleted. */
export interface Removal {
  readonly deleted: number;
  readonly undeletable: Undeletable;
}

export const nothingRemoved: Removal = { deleted: 0, undeletable: {} };

export const addRemovals = (a: Removal, b: Removal): Removal => ({
  deleted: a.deleted + b.deleted,
  undeletable: plus(a.undeletable, b.undeletable),
});

/** The work of one step. */
export interface Step<At> extends Removal {
  /** Counts of the rows that the step has seen, after the deletion; absent from a walk through an index. */
  readonly left?: CleanupCounts;
  /** The position after it; undefined at the end of the walk. */
  readonly next: At | undefined;
}

/** A way over rows that one kind of server serves well, such as slices of the heap or ranges of an index. */
export interface Walk<At> {
  readonly start: At;
  /** Size of a step, in the walk's own unit. */
  readonly sizes: SizeRange;
  /** Takes one step, in one transaction; undefined if the step has to be repeated in another way. */
  readonly take: (at: At, size: number) => Promise<Step<At> | End | undefined>;
  /** True once a scan would delete the rest faster. */
  readonly isMany?: (deleted: number, at: At) => boolean;
}

/** The result of a walk. */
export interface Walked<At = unknown> extends Removal {
  readonly counts: CleanupCounts;
  readonly at: At;
  readonly outcome: 'all' | 'stopped' | 'many' | End;
}

export type Pacing = Pick<Stepping, 'pace' | 'signal' | 'isRetryable'>;

/** Walks to the end, or until the signal fires, and tells the meter of each step. */
export async function walk<At>(
  { start, sizes: range, take, isMany = () => false }: Walk<At>,
  { pace, signal, isRetryable }: Pacing,
  progress: ProgressMeter,
): Promise<Walked<At>> {
  let seen: Walked<At> = { ...nothingRemoved, counts: noCounts, at: start, outcome: 'stopped' };
  const step = async (size: number): Promise<boolean> => {
    const taken = await take(seen.at, size);
    if (taken === undefined) return false;
    if (typeof taken === 'object') progress.add(taken.deleted, seenIn(taken));
    seen = typeof taken === 'string' ? { ...seen, outcome: taken } : added(seen, taken);
    if (seen.outcome === 'stopped' && isMany(seen.deleted, seen.at)) seen = { ...seen, outcome: 'many' };
    return seen.outcome !== 'stopped';
  };
  await inSteps(step, { pace, signal, isRetryable, range });
  return seen;
}

const seenIn = ({ deleted, left, undeletable }: Step<unknown>): number =>
  deleted + (left ? (left.rows ?? 0) : totalOf(undeletable));

const added = <At>(seen: Walked<At>, { left = noCounts, next, ...removal }: Step<At>): Walked<At> => ({
  ...addRemovals(seen, removal),
  counts: addCounts(seen.counts, left),
  at: next ?? seen.at,
  outcome: next === undefined ? 'all' : 'stopped',
});
