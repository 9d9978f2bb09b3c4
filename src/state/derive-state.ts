import { effectiveCleanup } from '../api/effective.ts';
import { memoizePerObject } from '../api/memoize.ts';
import { isPermanent } from '../api/reasons.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import { timeZoneProblem } from '../api/time-zones.ts';
import { type CleanupHistory, cleanupHistory } from './cleanup-history.ts';
import { type CleanupRequest, cleanupRequest } from './cleanup-request.ts';
import { conditionOf } from './condition.ts';
import { generationAnnotation } from './labels.ts';
import type { Observed } from './observed.ts';
import { nextRuns, type Schedule, scheduleOf } from './schedule.ts';
import { isProvisioned, type SetupHistory, setupDue, setupHistory } from './setup-history.ts';
import { lastSeen, timeOf } from './times.ts';

/** Conclusions from everything that was observed; status and the writes are derived from them. */
export interface StoreState {
  readonly observed: Observed;
  readonly setup: SetupHistory;
  readonly cleanup: CleanupHistory;
  /** Undefined if the spec has no cleanup. */
  readonly schedule?: Schedule;
  readonly isProvisioned: boolean;
  /** The clean-up that an annotation requests. */
  readonly request?: CleanupRequest;
  /** The reason why set-up has to run now, if it has to. */
  readonly setupDue?: string;
  /** True if the last failure belongs to an older spec than the active Job. */
  readonly isFailureOutdated: boolean;
  readonly scheduleChangedAt?: string;
  /** The API server's reason for refusing the Job of the last due run. */
  readonly jobCreateError?: string;
  /** When the third period in a row passes without a run. */
  readonly missedAt?: Date;
}

/** Number of failed runs in a row that take Ready away, if each failure might have passed by itself. */
export const tooManyFailures = 3;
/** Number of incomplete runs in a row that are neither chance nor the first backlog of a store that keeps up. */
export const tooManyIncomplete = 3;

const scheduleIn = memoizePerObject((store: SessionStoreResource): Schedule | undefined => {
  const cleanup = effectiveCleanup(store.spec);
  if (!cleanup) return undefined;
  const problem = timeZoneProblem('cleanup.timeZone', cleanup.timeZone.value);
  if (problem !== undefined) return { ok: false, message: problem };
  return scheduleOf(cleanup.schedule.value, store.metadata.namespace, store.metadata.name);
});

/** When clean-up began to be scheduled, in milliseconds; NaN while it is not. */
function scheduledSince({ status }: SessionStoreResource): number {
  const scheduled = conditionOf(status, 'CleanupScheduled');
  return scheduled?.status === 'True' ? Date.parse(scheduled.lastTransitionTime) : Number.NaN;
}

/** Time of the last change of the schedule or its time zone; undefined for the first schedule. */
function scheduleChangedAt({ store, now }: Observed, schedule: Schedule | undefined): string | undefined {
  const before = store.status?.cleanup;
  if (!before || !schedule?.ok) return undefined;
  const zone = effectiveCleanup(store.spec)?.timeZone.value;
  const isSame = before.schedule === schedule.cron && before.timeZone === zone;
  return isSame ? before.scheduleChangedAt : timeOf(now);
}

function missedAt(
  { store }: Observed,
  schedule: Schedule | undefined,
  cleanup: CleanupHistory,
  changedAt: string | undefined,
): Date | undefined {
  const scheduledAt = scheduledSince(store);
  // A Job that waits or is overdue does not count as running.
  const isRunning = cleanup.active && !cleanup.active.isSuspended && !cleanup.active.isOverdue;
  if (!schedule?.ok || isRunning || Number.isNaN(scheduledAt)) return undefined;
  const times = [cleanup.lastRun?.finishedAt, changedAt].map((time) => Date.parse(time ?? '') || 0);
  const from = Math.max(scheduledAt, ...times);
  const zone = effectiveCleanup(store.spec)?.timeZone.value ?? 'Etc/UTC';
  const third = nextRuns(schedule.cron, zone, new Date(from), 3).at(2);
  // A run that starts within this time is not missed.
  return third && new Date(third.getTime() + Math.min(schedule.periodSeconds / 2, 3600) * 1000 + 60_000);
}

/** A refusal counts until a newer Job exists, while runs are expected to start. Times are in whole seconds. */
function jobCreateError(
  { store, cronJobWarnings = [], cleanupJobs }: Observed,
  cleanup: CleanupHistory,
): string | undefined {
  const made = cleanupJobs.map(({ job }) => Date.parse(job.metadata.creationTimestamp));
  const ended = Date.parse(cleanup.lastRun?.finishedAt ?? '') || 0;
  const from = Math.max(scheduledSince(store), ended, ...made);
  return cronJobWarnings.find((event) => event.reason === 'FailedCreate' && lastSeen(event) > from)?.message;
}

function isFailureOutdated({ active, last }: SetupHistory): boolean {
  const generation = active?.observed.job.metadata.annotations?.[generationAnnotation];
  return generation !== undefined && Number(generation) > (last?.observedGeneration ?? 0);
}

export function deriveState(observed: Observed): StoreState {
  const setup = setupHistory(observed);
  const cleanup = cleanupHistory(observed);
  const schedule = scheduleIn(observed.store);
  const due = setupDue(observed, setup, cleanup);
  const changedAt = scheduleChangedAt(observed, schedule);
  const missed = missedAt(observed, schedule, cleanup, changedAt);
  const createError = jobCreateError(observed, cleanup);
  const provisioned = isProvisioned(observed, setup);
  const request = cleanupRequest(observed, schedule, provisioned);
  return {
    observed,
    setup,
    cleanup,
    isProvisioned: provisioned,
    isFailureOutdated: isFailureOutdated(setup),
    ...(request && { request }),
    ...(schedule && { schedule }),
    ...(due !== undefined && { setupDue: due }),
    ...(changedAt !== undefined && { scheduleChangedAt: changedAt }),
    ...(missed && { missedAt: missed }),
    ...(createError !== undefined && { jobCreateError: createError }),
  };
}

/** True if the last set-up failed permanently for this spec. */
export function isStalledBySetup({ setup, isFailureOutdated: outdated }: StoreState): boolean {
  return setup.last?.outcome === 'Failed' && isPermanent(setup.last.reason ?? '') && !outdated;
}
