import type { StaleRule, TimeClock } from './stale-rule.ts';

/** Times by each clock, in seconds since 1970; those of a wall clock as if it were UTC's. */
export type Oldest = { readonly [Clock in TimeClock]?: number };

/** Counts of the remaining rows, of one leaf partition or of all. */
export interface CleanupCounts {
  /** Undefined if only the statistics have the number, and they lack it. */
  readonly rows: number | undefined;
  readonly rowsAreEstimate: boolean;
  readonly overdue: number;
  /** True if there may be more overdue rows than were counted. */
  readonly overdueAtLeast: boolean;
  readonly unreadable: number;
  /** Time of the oldest overdue row. */
  readonly oldest: Oldest;
}

export const noCounts: CleanupCounts = {
  rows: 0,
  rowsAreEstimate: false,
  overdue: 0,
  overdueAtLeast: false,
  unreadable: 0,
  oldest: {},
};

export function addCounts(a: CleanupCounts, b: CleanupCounts): CleanupCounts {
  return {
    rows: a.rows === undefined || b.rows === undefined ? undefined : a.rows + b.rows,
    rowsAreEstimate: a.rowsAreEstimate || b.rowsAreEstimate,
    overdue: a.overdue + b.overdue,
    overdueAtLeast: a.overdueAtLeast || b.overdueAtLeast,
    unreadable: a.unreadable + b.unreadable,
    oldest: older(a.oldest, b.oldest),
  };
}

const clocks = ['instant', 'local', 'session'] as const;

/** The older time by each clock. */
export const older = (a: Oldest, b: Oldest): Oldest =>
  Object.fromEntries(
    clocks
      .map((clock) => [clock, Math.min(a[clock] ?? Infinity, b[clock] ?? Infinity)] as const)
      .filter(([, seconds]) => seconds !== Infinity),
  );

/** The oldest times of stale rows by each rule, if there are any. */
export const oldestBy = (
  rules: readonly Pick<StaleRule, 'clock'>[],
  seconds: (pass: number) => number | null | undefined,
): Oldest =>
  rules.reduce<Oldest>(
    (oldest, { clock }, pass) => older(oldest, { [clock]: seconds(pass) ?? Infinity }),
    {},
  );

/** ISO 8601 expresses no time before it, in any zone. */
const eraBegins = Date.parse('0001-01-02T00:00:00Z') / 1000;

/**
 * The oldest time in ISO 8601; undefined if ISO cannot express it: numbers may be anything. `instantOf`: the instant of
 * a wall clock.
 */
export async function oldestInstant(
  oldest: Oldest,
  instantOf: (seconds: number, clock: Exclude<TimeClock, 'instant'>) => number | Promise<number>,
): Promise<string | undefined> {
  const found: string[] = [];
  for (const clock of clocks) {
    const seconds = oldest[clock];
    if (seconds === undefined || seconds < eraBegins) continue;
    const instant = clock === 'instant' ? seconds : await instantOf(seconds, clock);
    found.push(new Date(instant * 1000).toISOString());
  }
  // The order of ISO 8601 texts is that of their times.
  return found.sort()[0];
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

/** Limit of the counts of overdue and unreadable rows through an index. */
export const countLimit = 10_000;

/** The counts of the rows that are stale by a rule, of `countLimit` + 1 at most. */
export const staleCounts = (
  rule: StaleRule,
  { overdue, seconds }: { readonly overdue: number; readonly seconds: number | null },
): CleanupCounts => ({
  ...noCounts,
  overdue: Math.min(overdue, countLimit),
  overdueAtLeast: overdue > countLimit,
  oldest: oldestBy([rule], () => seconds),
});

/** A row about a slice: `oldest0` and so on are in seconds. */
export interface CountedSlice {
  readonly rows: number | string;
  /** NULL without a row. */
  readonly overdue: number | string | null;
  readonly unreadable: number | string | null;
  readonly [oldest: `oldest${number}`]: number | null;
}

/** The counts of a slice. */
export const sliceCounts = (
  rules: readonly StaleRule[],
  { rows, overdue, unreadable, ...oldest }: CountedSlice,
): CleanupCounts => ({
  ...noCounts,
  rows: Number(rows),
  overdue: Number(overdue ?? 0),
  unreadable: Number(unreadable ?? 0),
  oldest: oldestBy(rules, (pass) => oldest[`oldest${pass}`]),
});

/** Time for which a stopped run continues to count the rest, in milliseconds. */
export const countRestMs = 1000;
