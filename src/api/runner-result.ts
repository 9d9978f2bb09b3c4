import { z } from 'zod';
import { parsedJson } from './parsed-json.ts';
import { planReportSchema } from './plan-report.ts';
import { failureReasons } from './reasons.ts';
import { connectionReportSchema, count, sentence, time, zoneSchema } from './result-parts.ts';
import { spentTokensSchema } from './spent-tokens.ts';
import { undeletableCauses } from './undeletable-causes.ts';

/** Report of a set-up. */
export const setupReportSchema = z.object({
  outcome: z.enum(['Created', 'Adopted', 'Overwritten', 'Verified']),
  /** True if the store carries this SessionStore's mark now. */
  marked: z.boolean(),
  /** The overwrite token of the spec: this or an earlier run has spent it. */
  overwriteToken: z.string().max(64).optional(),
  /** Every token that status or mark records as spent, this one included. */
  spentTokens: spentTokensSchema.optional(),
  /**
   * The time zone in which the application's own role reads a column without a zone. Clean-up uses it with any role.
   */
  timeZone: zoneSchema.optional(),
  connection: connectionReportSchema.optional(),
  /** Facts for the user, for example a missing index or a mark that could not be written. */
  notes: z.array(sentence).max(8),
});

/** Report of a clean-up. `remaining` and `overdue` are exact unless a flag says otherwise. */
export const cleanupReportSchema = z.object({
  deleted: count,
  /** Stale sessions that were left. Counted up to a limit; above it `overdueAtLeast` is true. */
  overdue: count,
  overdueAtLeast: z.boolean().optional(),
  remaining: count.optional(),
  remainingIsEstimate: z.boolean().optional(),
  oldestStale: time.optional(),
  /** Sessions that were kept because their age could not be read. */
  unreadable: count.optional(),
  /** Stale sessions that were found but could not be deleted, by cause. `overdue` includes them. */
  undeletable: z
    .array(z.object({ cause: z.enum(undeletableCauses), count }))
    .max(undeletableCauses.length)
    .optional(),
  /** True if the run checked everything; false if a deadline, a stop or a rewrite of the store came first. */
  complete: z.boolean(),
  dryRun: z.boolean(),
  timeZone: zoneSchema.optional(),
  connection: connectionReportSchema.optional(),
  notes: z.array(sentence).max(8),
});

/**
 * The result that a run writes to the termination log as its last act: at most 3.5 KiB of JSON. The operator treats it
 * as untrusted input.
 */
const resultSchema = z.object({
  command: z.enum(['setup', 'delete-old', 'plan-store']),
  startedAt: time,
  finishedAt: time,
  setup: setupReportSchema.optional(),
  cleanup: cleanupReportSchema.optional(),
  plan: planReportSchema.optional(),
  failure: z.object({ reason: z.enum(failureReasons), message: sentence }).optional(),
});

export type ConnectionReport = z.output<typeof connectionReportSchema>;
export type SetupReport = z.output<typeof setupReportSchema>;
export type CleanupReport = z.output<typeof cleanupReportSchema>;
export type RunnerResult = z.output<typeof resultSchema>;

/** The result in a termination message; undefined if the message has no valid result. */
export function parseResult(message: string | undefined): RunnerResult | undefined {
  if (!message || message.length > 4096) return undefined;
  return resultSchema.safeParse(parsedJson(message)).data;
}
