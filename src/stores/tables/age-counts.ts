import { ageBounds } from '../../api/age-bounds.ts';
import type { Ages, PlanReport } from '../../api/plan-report.ts';
import { type Oldest, older, oldestBy } from './cleanup-counts.ts';
import type { StaleTest } from './stale-test.ts';
import { staleBy, staleByAny, unreadableIn } from './stale-test.ts';

/** By how much longer than the age of a stale session the sessions of each count are stale; the first are all stale ones. */
export const countedAges: readonly number[] = [
  0,
  ...ageBounds.map(({ seconds }) => seconds).filter((seconds) => Number.isFinite(seconds)),
];

/**
 * The list of a SELECT that counts sessions by age, in either server's SQL; a test for each of `countedAges`, of which the
 * first is of all stale ones, or that one alone. It reads each row once.
 */
export function countedColumns(tests: readonly StaleTest[]): string {
  const [first] = tests;
  if (!first) throw new Error('Expected a test');
  const number = (condition: string) => `count(CASE WHEN ${condition} THEN 1 END)`;
  const stale = tests.map((test, at) => `${number(staleByAny(test))} AS stale${at}`);
  const oldest = first.rules.map((rule, pass) => {
    const earliest = `min(CASE WHEN ${staleBy(rule)} THEN ${rule.value} END)`;
    return `${rule.secondsOf(earliest)} AS oldest${pass}`;
  });
  const unreadable = `${number(unreadableIn(first) ?? 'FALSE')} AS unreadable`;
  return ['count(*) AS sessions', unreadable, ...stale, ...oldest].join(', ');
}

/** The row of such a SELECT; drivers give large numbers as text. */
export type CountedRow = Readonly<Record<string, number | string | null>>;

/** Counts of sessions, of a table or of one leaf. */
export interface AgeCounts {
  readonly sessions: number;
  readonly unreadable: number;
  /** A number for each of `countedAges`: each contains those after it. */
  readonly stale: readonly number[];
  readonly oldest: Oldest;
}

export const noAges: AgeCounts = { sessions: 0, unreadable: 0, stale: countedAges.map(() => 0), oldest: {} };

/** The counts in a row; of a sample, multiplied by how many rows each of its rows stands for. */
export function ageCountsIn(row: CountedRow, { rules }: StaleTest, factor = 1): AgeCounts {
  const number = (name: string) => Math.round(Number(row[name] ?? 0) * factor);
  const oldest = oldestBy(rules, (pass) => {
    const seconds = row[`oldest${pass}`];
    return seconds == null ? undefined : Number(seconds);
  });
  return {
    sessions: number('sessions'),
    unreadable: number('unreadable'),
    oldest,
    stale: countedAges.map((_, at) => number(`stale${at}`)),
  };
}

export function addAges(a: AgeCounts, b: AgeCounts): AgeCounts {
  return {
    sessions: a.sessions + b.sessions,
    unreadable: a.unreadable + b.unreadable,
    oldest: older(a.oldest, b.oldest),
    stale: a.stale.map((count, at) => count + (b.stale[at] ?? 0)),
  };
}

/** The counts in the form of a report: each session in one number. */
export function reportedAges({
  sessions,
  unreadable,
  stale,
}: AgeCounts): Pick<PlanReport, 'sessions' | 'ages' | 'unreadable'> {
  const least = (at: number) => Math.max((stale[at] ?? 0) - (stale[at + 1] ?? 0), 0);
  const ages: Ages = {
    notStale: Math.max(sessions - (stale[0] ?? 0), 0),
    underDay: least(0),
    underWeek: least(1),
    underMonth: least(2),
    underYear: least(3),
    older: least(4),
  };
  return { sessions, ages, ...(unreadable > 0 && { unreadable }) };
}
