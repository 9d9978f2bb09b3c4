import type { Counts } from './finding.ts';

/** The counts of a sample, for as many sessions as there are. */
export function scaled({ sessions: seen, ...counts }: Counts, sessions: number): Counts {
  const factor = seen === 0 ? 0 : sessions / seen;
  return {
    ...counts,
    sessions: Math.round(sessions),
    stale: Math.round(counts.stale * factor),
    unreadable: Math.round(counts.unreadable * factor),
    isEstimate: true,
  };
}
