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
  type: z.string().max(64),
  status: z.enum(['True', 'False', 'Unknown']),
  observedGeneration: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  lastTransitionTime: time,
  reason: z.string().max(64),
  message: text,
});

const resolved = z.object({
  value: z.string().max(512),
  source: z.enum(['Spec', 'Layout', 'Default', 'Connection']),
});

const setup = z.object({
  hash: z
    .string()
    .max(16)
    .describe('Hash of the fields that shape the store; set-up runs again when it changes.'),
  outcome: z.enum(['Created', 'Adopted', 'Overwritten', 'Verified', 'Failed']),
  reason: z.string().max(64).optional(),
  message: text.optional(),
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
  jobUid: z.string().max(64).optional(),
  failures: z
    .int()
    .min(0)
    .max(999_999)
    .optional()
    .describe('Number of failed set-up attempts in a row; the retry delay grows with each.'),
  observedGeneration: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  finishedAt: time,
  notes: z.array(text).max(8).optional(),
});

const connection = z.object({
  secretName: z.string().max(253).describe('Name of the Secret that set-up last succeeded with.'),
  verifiedAt: time,
  server: z.string().max(128),
  tls: z.string().max(64),
  certificateExpires: time.optional(),
});

const lastRun = z.object({
  jobName: z.string().max(253),
  startedAt: time.optional(),
  finishedAt: time,
  outcome: z
    .enum(['Succeeded', 'Incomplete', 'Failed'])
    .describe(
      'Outcome of the run. Incomplete: the run stopped at its time limit and left the rest to the next run.',
    ),
  reason: z.string().max(64).optional(),
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
  remainingIsEstimate: z.boolean().optional(),
  unreadable: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('Sessions that were kept because their age could not be read.'),
  undeletable: z
    .array(z.object({ cause: z.string().max(64), count: z.int().min(0).max(Number.MAX_SAFE_INTEGER) }))
    .max(8)
    .optional()
    .describe('Stale sessions that could not be deleted, by cause. `overdue` includes them.'),
  dryRun: z.boolean().optional(),
  message: text,
});

const cleanup = z.object({
  // Longer than in the spec, because `H/9` may become `4-59/9`.
  schedule: z.string().max(256).describe('The schedule with every H replaced by its value.'),
  timeZone: z.string().max(64),
  scheduleChangedAt: time.optional().describe('When the schedule or time zone last changed.'),
  cronJobName: z.string().max(52),
  oldestStale: time
    .optional()
    .describe('Time of the oldest stale session that was left by the last run with figures.'),
  lastSuccessTime: time
    .optional()
    .describe(
      'End of the last run that checked the whole store and deleted its stale sessions. Dry runs and incomplete runs do not count.',
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
  lastRun: lastRun.optional(),
});

/** `status` of a SessionStore. */
export const statusSchema = z
  .object({
    observedGeneration: z.int().min(-1).max(Number.MAX_SAFE_INTEGER).optional(),
    conditions: z
      .array(condition)
      .max(8)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
      .optional(),
    store: z.string().max(1024).optional().describe('Kind and location of the store, in one line.'),
    effective: z
      .record(z.string().max(128), resolved)
      .meta({ maxProperties: 32 })
      .optional()
      .describe('Every resolved value and its source.'),
    setup: setup.optional(),
    connection: connection.optional(),
    cleanup: cleanup.optional(),
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
