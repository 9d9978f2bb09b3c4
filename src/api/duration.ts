import { z } from 'zod';
import { patterned } from './patterned.ts';

const secondsIn = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/**
 * `90s`, `30m`, `12h`, `30d`; at least a minute, because a shorter age loses sessions whose request is still in flight.
 */
export const ageSchema = patterned(
  z.string().max(7),
  /^[1-9][0-9]{0,5}(s|m|h|d)$/,
  'must be a whole number with one unit, such as 90s, 30m, 12h or 30d',
).meta({
  'x-kubernetes-validations': [
    {
      rule: "!self.matches('^[0-9]+s$') || int(self.substring(0, size(self) - 1)) >= 60",
      message: 'must be at least a minute: a session may be in use by a request in flight',
    },
  ],
});

/** Seconds of a duration that the schema has accepted. */
export function secondsOf(duration: string): number {
  const unit = duration.slice(-1) as keyof typeof secondsIn;
  return Number(duration.slice(0, -1)) * secondsIn[unit];
}
