/** Counts of the remaining rows, of one leaf partition or of all. */
export interface CleanupCounts {
  /** Undefined if only the statistics have the number, and they lack it. */
  readonly rows: number | undefined;
  readonly rowsAreEstimate: boolean;
  readonly overdue: number;
  /** True if there may be more overdue rows than were counted. */
  readonly overdueAtLeast: boolean;
  readonly unreadable: number;
  /** Time of the oldest overdue row in seconds since 1970; Infinity without one. */
  readonly oldest: number;
  /** The same among times by a wall clock, as if that were UTC's: the store makes an instant of it at the end. */
  readonly oldestLocal?: number;
}

export const noCounts: CleanupCounts = {
  rows: 0,
  rowsAreEstimate: false,
  overdue: 0,
  overdueAtLeast: false,
  unreadable: 0,
  oldest: Number.POSITIVE_INFINITY,
};

export function addCounts(a: CleanupCounts, b: CleanupCounts): CleanupCounts {
  return {
    rows: a.rows === undefined || b.rows === undefined ? undefined : a.rows + b.rows,
    rowsAreEstimate: a.rowsAreEstimate || b.rowsAreEstimate,
    overdue: a.overdue + b.overdue,
    overdueAtLeast: a.overdueAtLeast || b.overdueAtLeast,
    unreadable: a.unreadable + b.unreadable,
    oldest: Math.min(a.oldest, b.oldest),
    oldestLocal: Math.min(a.oldestLocal ?? Infinity, b.oldestLocal ?? Infinity),
  };
}

/** The counts in the form of a report. */
export function reportedCounts({
  rows,
  rowsAreEstimate,
  overdue,
  overdueAtLeast,
  unreadable,
}: CleanupCounts) {
  return {
    overdue,
    ...(overdueAtLeast && { overdueAtLeast }),
    ...(rows !== undefined && { remaining: rows, ...(rowsAreEstimate && { remainingIsEstimate: true }) }),
    ...(unreadable > 0 && { unreadable }),
  };
}

/** The reason why stale sessions remain after a run that saw them all. */
export const lockedNote =
  'stale sessions that are left were locked when clean-up reached them; the next run tries again';

/** Deleted and remaining rows of a table. */
export interface Cleaned {
  readonly deleted: number;
  readonly counts: CleanupCounts;
  readonly complete: boolean;
}

/** Time for which a stopped run continues to count the rest, in milliseconds. */
export const countRestMs = 1000;
