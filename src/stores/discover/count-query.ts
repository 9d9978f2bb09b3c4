import { oldestBy, oldestInstant } from '../tables/cleanup-counts.ts';
import type { TimeClock } from '../tables/stale-rule.ts';
import { type StaleTest, staleBy, staleByAny, unreadableIn } from '../tables/stale-test.ts';
import type { Counts } from './finding.ts';

/** The list of a SELECT that counts rows by the layout's compiled rules, in either server's SQL. */
export function countedColumns(test: StaleTest): string {
  const number = (condition: string) => `count(CASE WHEN ${condition} THEN 1 END)`;
  const oldest = test.rules.map((rule, pass) => {
    const stale = `min(CASE WHEN ${staleBy(rule)} THEN ${rule.value} END)`;
    return `${rule.secondsOf(stale)} AS oldest${pass}`;
  });
  return [
    'count(*) AS sessions',
    `${number(staleByAny(test))} AS stale`,
    `${number(unreadableIn(test) ?? 'FALSE')} AS unreadable`,
    ...oldest,
  ].join(', ');
}

/** The row of such a SELECT; drivers give large numbers as text. */
export type CountedRow = Readonly<Record<string, number | string | null>>;

const numberIn = (row: CountedRow, name: string): number => Number(row[name] ?? 0);

/** The counts in a row. `instantOf`: the instant of a wall clock, in seconds since 1970. */
export async function countsIn(
  row: CountedRow,
  { rules }: StaleTest,
  instantOf: (seconds: number, clock: Exclude<TimeClock, 'instant'>) => number | Promise<number>,
): Promise<Counts> {
  const oldest = oldestBy(rules, (pass) => {
    const seconds = row[`oldest${pass}`];
    return seconds == null ? seconds : Number(seconds);
  });
  const oldestStale = await oldestInstant(oldest, instantOf);
  return {
    sessions: numberIn(row, 'sessions'),
    stale: numberIn(row, 'stale'),
    unreadable: numberIn(row, 'unreadable'),
    isEstimate: false,
    ...(oldestStale !== undefined && { oldestStale }),
  };
}
