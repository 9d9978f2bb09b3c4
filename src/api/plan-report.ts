import { z } from 'zod';
import { failureReasons } from './reasons.ts';
import { connectionReportSchema, count, sentence, time, zoneSchema } from './result-parts.ts';

/** Numbers of sessions by age: each session is in one of them. */
const agesSchema = z.object({
  notStale: count,
  underDay: count,
  underWeek: count,
  underMonth: count,
  underYear: count,
  older: count,
});

const problem = z.object({ reason: z.enum(failureReasons), message: sentence });

/** Report of a plan: what set-up and the first clean-up would do. The store stays as it is. */
export const planReportSchema = z.object({
  /** The act of set-up; absent if it would fail. */
  action: z.enum(['Create', 'Resume', 'Adopt', 'Overwrite', 'Verify']).optional(),
  /** Why set-up would fail. */
  setupProblem: problem.optional(),
  /** True if the store would carry this SessionStore's mark after set-up. */
  marked: z.boolean().optional(),
  /** Why the first clean-up would fail after a set-up that does not. */
  cleanupProblem: problem.optional(),
  /** Sessions in the store; absent if they could not be counted. */
  sessions: count.optional(),
  /** Sizes on disk, with indexes. */
  bytes: count.optional(),
  ages: agesSchema.optional(),
  /** True if `sessions` and `ages` are estimates from a sample, because counting would take too long. */
  isEstimate: z.boolean().optional(),
  /** Sessions that are kept because their age cannot be read. */
  unreadable: count.optional(),
  oldestStale: time.optional(),
  timeZone: zoneSchema.optional(),
  connection: connectionReportSchema.optional(),
  notes: z.array(sentence).max(8),
});

export type PlanReport = z.output<typeof planReportSchema>;
export type Ages = z.output<typeof agesSchema>;
