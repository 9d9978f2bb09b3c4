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
  hash: z.string().max(16).describe('Of what shapes the store. Another one means that set-up has to run.'),
  outcome: z.enum(['Created', 'Adopted', 'Overwritten', 'Verified', 'Failed']),
  reason: z.string().max(64).optional(),
  message: text.optional(),
  marked: z
    .boolean()
    .optional()
    .describe('Whether the store carried the mark of this SessionStore when set-up last succeeded.'),
  overwriteToken: z.string().max(64).optional().describe('The token that was spent last.'),
  spentTokens: spentTokensSchema
    .optional()
    .describe('Every overwrite token that was ever spent, in order: the first 12 hex digits of its SHA-256.'),
  timeZone: z
    .string()
    .max(64)
    .optional()
    .describe('The zone that a connection of the application’s role has: clean-up reads naive times in it.'),
  attempt: z.int().min(1).max(999).describe('Of the Job that this came from.'),
  jobUid: z.string().max(64).optional(),
  failures: z.int().min(0).max(999_999).optional().describe('In a row; the next try comes later each time.'),
  observedGeneration: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  finishedAt: time,
  notes: z.array(text).max(8).optional(),
});

const connection = z.object({
  secretName: z.string().max(253).describe('The Secret that set-up last succeeded with.'),
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
    .describe('Incomplete: it ended in time and left the rest to the next one.'),
  reason: z.string().max(64).optional(),
  deleted: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional().describe('Sessions that this run deleted.'),
  overdue: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('Stale sessions that it left: locked, or not come to in time.'),
  overdueAtLeast: z.boolean().optional().describe('Whether `overdue` is a lower bound.'),
  remaining: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('Sessions in the store afterwards.'),
  remainingIsEstimate: z.boolean().optional(),
  unreadable: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('Sessions whose age could not be read: kept.'),
  undeletable: z
    .array(z.object({ cause: z.string().max(64), count: z.int().min(0).max(Number.MAX_SAFE_INTEGER) }))
    .max(8)
    .optional()
    .describe('Stale sessions that could not be deleted, by cause; they are among `overdue`.'),
  dryRun: z.boolean().optional(),
  message: text,
});

const cleanup = z.object({
  // Longer than the spec's: `H/9` may become `4-59/9`.
  schedule: z.string().max(256).describe('With every H resolved.'),
  timeZone: z.string().max(64),
  scheduleChangedAt: time
    .optional()
    .describe('When schedule or zone became what they are, where they were others before.'),
  cronJobName: z.string().max(52),
  oldestStale: time.optional().describe('Oldest stale session that the last run with figures left.'),
  lastSuccessTime: time
    .optional()
    .describe('End of the last run that saw the whole store and deleted: no dry run, no incomplete one.'),
  failures: z.int().min(0).max(999_999).optional().describe('Failed runs in a row.'),
  incompleteRuns: z
    .int()
    .min(0)
    .max(999_999)
    .optional()
    .describe('Runs that ended in time, since one that saw the whole store.'),
  missingSince: time.optional().describe('When clean-up first found no store, since a run that found it.'),
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
    store: z.string().max(1024).optional().describe('What and where, in one line.'),
    effective: z
      .record(z.string().max(128), resolved)
      .meta({ maxProperties: 32 })
      .optional()
      .describe('Every resolved value and where it came from.'),
    setup: setup.optional(),
    connection: connection.optional(),
    cleanup: cleanup.optional(),
    lastHandledRequest: z
      .string()
      .max(256)
      .optional()
      .describe('The last reconcile-requested-at that was acted on.'),
  })
  .describe('What the operator found and did; written by it alone.');

export type SessionStoreStatus = z.output<typeof statusSchema>;
export type Condition = z.output<typeof condition>;
export type SetupStatus = z.output<typeof setup>;
export type CleanupStatus = z.output<typeof cleanup>;
export type LastRun = z.output<typeof lastRun>;
