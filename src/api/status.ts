import { z } from 'zod';
import { spentTokensSchema } from './spent-tokens.ts';

const time = z.string().max(64).meta({ format: 'date-time' });
const text = z.string().max(1024);

export const conditionTypes = [
  'Ready',
  'Provisioned',
  'CleanupScheduled',
  'CleanedUp',
  'Reconciling',
  'Stalled',
  'Suspended',
] as const;
export type ConditionType = (typeof conditionTypes)[number];

const condition = z.object({
  type: z.string().max(64).describe('Type of the condition.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Status of the condition.'),
  observedGeneration: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('Generation of the spec that the condition describes.'),
  lastTransitionTime: time.describe('When the status of the condition last changed.'),
  reason: z.string().max(64).describe('Reason of the status, as one word.'),
  message: text.describe('Explanation for users: expected and observed state, and the remedy.'),
});

const resolved = z.object({
  value: z.string().max(512).describe('The resolved value.'),
  source: z.enum(['Spec', 'Layout', 'Default', 'Connection']).describe('Source of the value.'),
});

const setup = z.object({
  hash: z
    .string()
    .max(16)
    .describe('Hash of the fields that shape the store; set-up runs again when it changes.'),
  outcome: z
    .enum(['Created', 'Adopted', 'Overwritten', 'Verified', 'Failed'])
    .describe('Outcome of the last set-up.'),
  reason: z.string().max(64).optional().describe('Reason of a failure.'),
  message: text.optional().describe('Message of a failure.'),
  marked: z
    .boolean()
    .optional()
    .describe('True if the store carried the mark of this SessionStore when set-up last succeeded.'),
  overwriteToken: z.string().max(64).optional().describe('The overwrite token that was spent last.'),
  spentTokens: spentTokensSchema
    .optional()
    .describe(
      'Every overwrite token that was ever spent, in order. Each is stored as the first 12 hex digits of its SHA-256.',
    ),
  timeZone: z
    .string()
    .max(64)
    .optional()
    .describe(
      'The time zone that the server gives to a connection of the application’s role. Clean-up reads times without a zone in this time zone.',
    ),
  attempt: z.int().min(1).max(999).describe('Attempt number of the Job that reported this outcome.'),
  jobUid: z.string().max(64).optional().describe('Uid of the Job that reported this outcome.'),
  failures: z
    .int()
    .min(0)
    .max(999_999)
    .optional()
    .describe('Number of failed set-up attempts in a row; the retry delay grows with each.'),
  observedGeneration: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('Generation of the spec that the Job was created with.'),
  finishedAt: time.describe('When the last set-up finished.'),
  notes: z
    .array(text)
    .max(8)
    .optional()
    .describe('Facts that the user should know, for example a missing index.'),
});

const connection = z.object({
  secretName: z.string().max(253).describe('Name of the Secret that set-up last succeeded with.'),
  verifiedAt: time.describe('When set-up proved these properties of the connection.'),
  server: z.string().max(128).describe('Product and version of the server.'),
  tls: z.string().max(64).describe('TLS of the connection, such as `TLSv1.3 verified` or `off`.'),
  certificateExpires: time.optional().describe('When the first certificate of server or client expires.'),
});

/** Outcomes of a finished clean-up. */
export const runOutcomes = ['Succeeded', 'DryRun', 'Incomplete', 'Failed'] as const;

const lastRun = z.object({
  jobName: z.string().max(253).describe('Name of the Job.'),
  startedAt: time.optional().describe('When the run started.'),
  finishedAt: time.describe('When the run finished.'),
  outcome: z
    .enum(runOutcomes)
    .describe(
      'Outcome of the run. DryRun: the run counted the whole store and deleted no session. Incomplete: the run stopped at its time limit and left the rest to the next run.',
    ),
  reason: z.string().max(64).optional().describe('Reason of a failure or of missing figures.'),
  deleted: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional().describe('Sessions that this run deleted.'),
  overdue: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe(
      'Stale sessions that the run did not delete because they were locked, undeletable or not reached in time.',
    ),
  overdueAtLeast: z.boolean().optional().describe('True if `overdue` is a lower bound.'),
  remaining: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('Sessions in the store after the run.'),
  remainingIsEstimate: z.boolean().optional().describe('True if `remaining` is an estimate.'),
  unreadable: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('Sessions that were kept because their age could not be read.'),
  undeletable: z
    .array(
      z.object({
        cause: z.string().max(64).describe('Cause, as one word.'),
        count: z.int().min(0).max(Number.MAX_SAFE_INTEGER).describe('Number of sessions.'),
      }),
    )
    .max(8)
    .optional()
    .describe('Stale sessions that could not be deleted, by cause. `overdue` includes them.'),
  dryRun: z.boolean().optional().describe('True for a dry run.'),
  message: text.describe('Summary of the run for users.'),
});

/** Number of runs in `history`. */
export const keptRuns = 10;

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional();

const pastRun = z.object({
  startedAt: time.optional().describe('When the run started.'),
  finishedAt: time.describe('When the run finished.'),
  outcome: z.enum(runOutcomes).describe('Outcome of the run.'),
  reason: z.string().max(64).optional().describe('Reason of a failure or of missing figures.'),
  deleted: count.describe('Sessions that the run deleted.'),
  overdue: count.describe('Stale sessions that the run did not delete.'),
  remaining: count.describe('Sessions in the store after the run; it may be an estimate.'),
  dryRun: z.boolean().optional().describe('True for a dry run.'),
});

const activeRun = z.object({
  jobName: z.string().max(253).describe('Name of the Job.'),
  startedAt: time.describe('When the run started.'),
});

const cleanup = z.object({
  // Longer than in the spec, because `H/9` may become `4-59/9`.
  schedule: z.string().max(256).describe('The schedule with every H replaced by its value.'),
  timeZone: z.string().max(64).describe('Time zone of the schedule.'),
  scheduleChangedAt: time.optional().describe('When the schedule or time zone last changed.'),
  cronJobName: z.string().max(52).describe('Name of the CronJob.'),
  oldestStale: time
    .optional()
    .describe('Time of the oldest stale session that was left by the last run with figures.'),
  lastSuccessTime: time
    .optional()
    .describe(
      'End of the last run that checked the whole store and deleted its stale sessions. Dry runs and incomplete runs do not count.',
    ),
  countedLayout: z
    .string()
    .max(16)
    .optional()
    .describe(
      'Hash of the customLayout and layoutOptions by which a whole run last counted. Clean-up deletes only by these, and only if customLayout.confirmed is true.',
    ),
  failures: z.int().min(0).max(999_999).optional().describe('Number of failed runs in a row.'),
  incompleteRuns: z
    .int()
    .min(0)
    .max(999_999)
    .optional()
    .describe('Number of incomplete runs since the last run that checked the whole store.'),
  missingSince: time
    .optional()
    .describe('When clean-up first did not find the store. Removed by a run that finds it.'),
  active: activeRun.optional().describe('The run that is going on; absent between runs.'),
  lastRun: lastRun.optional().describe('The last finished run.'),
  history: z
    .array(pastRun)
    .max(keptRuns)
    .optional()
    .describe('The last ten finished runs with their figures, newest first.'),
  lastHandledRequest: z
    .string()
    .max(256)
    .optional()
    .describe('Value of the last cleanup-requested-at annotation for which a run started.'),
  lastRequestJobName: z.string().max(63).optional().describe('Name of the Job of that run.'),
  pendingRequest: text.optional().describe('Reason why a requested clean-up has not started yet.'),
});

/** `status` of a SessionStore. */
export const statusSchema = z
  .object({
    observedGeneration: z
      .int()
      .min(-1)
      .max(Number.MAX_SAFE_INTEGER)
      .optional()
      .describe('Generation of the spec that this status describes.'),
    conditions: z
      .array(condition)
      .max(8)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
      .optional()
      .describe('Conditions of the store; Ready summarises them.'),
    store: z.string().max(1024).optional().describe('Kind and location of the store, in one line.'),
    effective: z
      .record(z.string().max(128), resolved)
      .meta({ maxProperties: 32 })
      .optional()
      .describe('Every resolved value and its source.'),
    setup: setup.optional().describe('The last set-up.'),
    connection: connection.optional().describe('Properties of the connection that set-up proved.'),
    cleanup: cleanup.optional().describe('Schedule and results of clean-up.'),
    lastHandledRequest: z
      .string()
      .max(256)
      .optional()
      .describe('Value of the last reconcile-requested-at annotation that the operator handled.'),
  })
  .describe('State of the store as the operator observed it. Only the operator writes this.');

export type SessionStoreStatus = z.output<typeof statusSchema>;
export type Condition = z.output<typeof condition>;
export type SetupStatus = z.output<typeof setup>;
export type CleanupStatus = z.output<typeof cleanup>;
export type LastRun = z.output<typeof lastRun>;
export type PastRun = z.output<typeof pastRun>;
