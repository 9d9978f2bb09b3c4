/** What clean-up knows of the rows that are left, in one leaf or in all. */
export interface CleanupCounts {
  /** Undefined where only the statistics could say, and don't. */
  readonly rows: number | undefined;
  readonly rowsAreEstimate: boolean;
  readonly overdue: number;
  /** Whether there may be more overdue than were counted. */
  readonly overdueAtLeast: boolean;
  readonly unreadable: number;
  /** The oldest overdue row's time, as extract(epoch) gives it; Infinity without one. */
  readonly oldest: number;
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
  };
}

/** What a report says of it. */
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

/** Why stale sessions are left after a run that saw them all. */
export const lockedNote =
  'stale sessions that are left were locked when clean-up reached them; the next run tries again';

/** What has been cleaned of a table, and what is left there. */
export interface Cleaned {
  readonly deleted: number;
  readonly counts: CleanupCounts;
  readonly complete: boolean;
}

/** How long a run that was stopped goes on counting what it leaves, in milliseconds. */
export const countRestMs = 1000;
