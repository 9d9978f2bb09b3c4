import { ageCountsIn, type CountedRow } from '../tables/age-counts.ts';
import { oldestInstant } from '../tables/cleanup-counts.ts';
import type { TimeClock } from '../tables/stale-rule.ts';
import type { StaleTest } from '../tables/stale-test.ts';
import type { Counts } from './finding.ts';

/** The counts in a row of `countedColumns([test])`. `instantOf`: the instant of a wall clock, in seconds since 1970. */
export async function countsIn(
  row: CountedRow,
  test: StaleTest,
  instantOf: (seconds: number, clock: Exclude<TimeClock, 'instant'>) => number | Promise<number>,
): Promise<Counts> {
  const { sessions, unreadable, stale, oldest } = ageCountsIn(row, test);
  const oldestStale = await oldestInstant(oldest, instantOf);
  return {
    sessions,
    stale: stale[0] ?? 0,
    unreadable,
    isEstimate: false,
    ...(oldestStale !== undefined && { oldestStale }),
  };
}
