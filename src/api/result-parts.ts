import { z } from 'zod';
import { visibleWithin } from './visible.ts';

/** Parts of every report of a run. */

export const time = z.iso.datetime();
export const count = z.int().min(0);
/** The author of a termination message can put any text into it, so no character of it may stay invisible. */
const text = (length: number) =>
  z
    .string()
    .max(length)
    .transform((words) => visibleWithin(words, length));
export const sentence = text(1024);

/** Properties of the connection that a run proved; never a credential. */
export const connectionReportSchema = z.object({
  /** Such as `PostgreSQL 15.18`. */
  server: text(128),
  /** Such as `TLSv1.3 verified`, or `off`. */
  tls: text(64),
  certificateExpires: time.optional(),
});

/** The time zone of a column without a zone, and its source. */
export const zoneSchema = z.object({ name: text(64), source: z.enum(['Spec', 'Connection']) });
