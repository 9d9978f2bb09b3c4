import { secondsOf } from '../../api/duration.ts';
import type { Layout } from '../../layouts/layout.ts';
import { type Assumed, type Assumptions, expiredForSeconds } from './finding.ts';

/** The age from which a session of the layout is stale, and the setting that it is taken from. */
export function ageOf(
  { age }: Pick<Layout, 'age'>,
  { unmodifiedFor }: Assumptions,
): { readonly ageSeconds: number; readonly assumed: Pick<Assumed, 'unmodifiedFor'> } {
  return age === 'expiry'
    ? { ageSeconds: expiredForSeconds, assumed: {} }
    : { ageSeconds: secondsOf(unmodifiedFor), assumed: { unmodifiedFor } };
}

/** A sentence for each setting of the application that the counts take for granted. */
export const assumedNotes = ({ unmodifiedFor, ttl, timeZone }: Assumed): readonly string[] => [
  ...(unmodifiedFor === undefined
    ? []
    : [`counts as stale what has not changed for ${unmodifiedFor}; --unmodified-for names another age`]),
  ...(ttl === undefined ? [] : [`assumes that a session lives for ${ttl}; --ttl names the lifetime`]),
  ...(timeZone === undefined
    ? []
    : [`assumes that its times are in the zone ${timeZone}; --time-zone names the application’s`]),
];
