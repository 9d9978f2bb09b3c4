import { describeStore, effectiveCleanup, effectiveValues } from '../api/effective.ts';
import type { Reason } from '../api/reasons.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import {
  type CleanupStatus,
  type Condition,
  conditionTypes,
  type SessionStoreStatus,
} from '../api/status.ts';
import { visibleWithin } from '../api/visible.ts';
import { cleanupCronJobName } from '../state/child-names.ts';
import { type CleanupHistory, cleanupHistory, timeZoneField } from '../state/cleanup-history.ts';
import { conditionOf } from '../state/condition.ts';
import type { StoreState } from '../state/derive-state.ts';
import { runOf } from '../state/job-run.ts';
import type { Observed } from '../state/observed.ts';
import { overdueAt } from '../state/overdue.ts';
import type { PreflightProblem } from '../state/preflight.ts';
import { retryTime } from '../state/setup-history.ts';
import { timeOf } from '../state/times.ts';
import { conditionResults } from './conditions.ts';

/** The maximum of a condition's schema. */
const longestMessage = 1024;

/** A condition keeps its time while its status stays the same. */
function conditionsOf(state: StoreState): Condition[] {
  const { store, now } = state.observed;
  const results = conditionResults(state);
  return conditionTypes.flatMap((type) => {
    const result = results[type];
    if (!result) return [];
    const before = conditionOf(store.status, type);
    return {
      type,
      status: result.status,
      observedGeneration: store.metadata.generation,
      lastTransitionTime: before?.status === result.status ? before.lastTransitionTime : timeOf(now),
      reason: result.reason,
      message: visibleWithin(result.message, longestMessage),
    };
  });
}

function cleanupStatus(state: StoreState): SessionStoreStatus['cleanup'] {
  const { observed, schedule, cleanup, scheduleChangedAt } = state;
  const { store } = observed;
  const effective = effectiveCleanup(store.spec);
  if (!effective || !schedule) return undefined;
  return {
    schedule: schedule.ok ? schedule.cron : effective.schedule.value,
    timeZone: effective.timeZone.value,
    ...(scheduleChangedAt !== undefined && { scheduleChangedAt }),
    cronJobName: cleanupCronJobName(store.metadata.name),
    ...runsOf(cleanup),
    ...requestOf(state),
  };
}

const runsOf = (history: CleanupHistory) => {
  const { activeStatus, recentRuns, lastRun, lastSuccessTime, oldestStale, failures, incompleteRuns } =
    history;
  const { missingSince, countedLayout } = history;
  return {
    ...(oldestStale && { oldestStale }),
    ...(lastSuccessTime && { lastSuccessTime }),
    ...(failures > 0 && { failures }),
    ...(incompleteRuns > 0 && { incompleteRuns }),
    ...(missingSince && { missingSince }),
    ...(countedLayout && { countedLayout }),
    ...(activeStatus && { active: activeStatus }),
    ...(lastRun && { lastRun }),
    ...(recentRuns.length > 0 && { history: [...recentRuns] }),
  };
};

/** The last requested clean-up that started, and the reason why a later one has not. */
function requestOf({ observed, request }: StoreState) {
  const started = request?.state === 'Started' ? request : undefined;
  const before = observed.store.status?.cleanup;
  const handled = started?.value ?? before?.lastHandledRequest;
  const jobName = started?.jobName ?? before?.lastRequestJobName;
  return {
    ...(handled !== undefined && { lastHandledRequest: handled }),
    ...(jobName !== undefined && { lastRequestJobName: jobName }),
    ...(request?.why !== undefined && { pendingRequest: visibleWithin(request.why, longestMessage) }),
  };
}

/** The time zone that clean-up found, if the spec leaves it open; the spec takes precedence. */
function zoneOfConnection({ cleanup: { timeZone } }: StoreState): SessionStoreStatus['effective'] {
  return timeZone === undefined ? {} : { [timeZoneField]: { value: timeZone, source: 'Connection' } };
}

/** The whole status. The same observation gives the same status, so that only changes are written. */
export function statusOf(state: StoreState, handledRequest?: string): SessionStoreStatus {
  const { observed, setup } = state;
  const { spec, metadata, status } = observed.store;
  const cleanup = cleanupStatus(state);
  const request = handledRequest ?? status?.lastHandledRequest;
  return {
    observedGeneration: metadata.generation,
    conditions: conditionsOf(state),
    store: describeStore(spec),
    effective: { ...zoneOfConnection(state), ...effectiveValues(spec) },
    ...(setup.last && { setup: setup.last }),
    ...(setup.connection && { connection: setup.connection }),
    ...(cleanup && { cleanup }),
    ...(request !== undefined && { lastHandledRequest: request }),
  };
}

/** Replaces all that follows from runs: a failure that has ended must not stay. */
function withRuns(known: CleanupStatus, observed: Observed): CleanupStatus {
  const { schedule, timeZone, scheduleChangedAt, cronJobName } = known;
  const { lastHandledRequest, lastRequestJobName, pendingRequest } = known;
  return {
    schedule,
    timeZone,
    cronJobName,
    ...(scheduleChangedAt && { scheduleChangedAt }),
    ...runsOf(cleanupHistory(observed)),
    ...(lastHandledRequest !== undefined && { lastHandledRequest }),
    ...(lastRequestJobName !== undefined && { lastRequestJobName }),
    ...(pendingRequest !== undefined && { pendingRequest }),
  };
}

/** The status of a store that this operator cannot work with: known facts stay, and the obstacle is reported. */
export function preflightStatusOf(observed: Observed, problem: PreflightProblem): SessionStoreStatus {
  const { store, now } = observed;
  const { status } = store;
  return {
    ...status,
    ...(status?.cleanup && { cleanup: withRuns(status.cleanup, observed) }),
    ...stalledBy(problem, store, now),
  };
}

/** The status for an API server that refused the last one: the accepted parts stay. */
export function unwritableStatusOf(
  store: SessionStoreResource,
  refusal: string,
  now: Date,
): SessionStoreStatus {
  const message = `The API server refused this store's status: ${refusal}`;
  return { ...store.status, ...stalledBy({ reason: 'ApiError', message }, store, now) };
}

function stalledBy(
  { reason, message }: { readonly reason: Reason; readonly message: string },
  { metadata, status }: SessionStoreResource,
  now: Date,
) {
  const before = conditionOf(status, 'Stalled');
  const common = {
    observedGeneration: metadata.generation,
    lastTransitionTime: before?.lastTransitionTime ?? timeOf(now),
    reason,
    message: visibleWithin(message, longestMessage),
  };
  return {
    observedGeneration: metadata.generation,
    conditions: [
      { type: 'Ready', status: 'False' as const, ...common },
      { type: 'Stalled', status: 'True' as const, ...common },
    ],
  };
}

/** Time of the retry of a failed set-up; absent if it is suspended. */
function retryAt({ observed, setup }: StoreState): Date | undefined {
  const isWaiting = setup.last?.outcome === 'Failed' && !setup.active && !observed.store.spec.suspend;
  return isWaiting && setup.last ? retryTime(observed, setup.last) : undefined;
}

/**
 * Pods of other owners are not watched. If the claim is free and a Job may start, the store is reconciled again at once.
 */
function claimCheckAt({ observed: { podsOnClaim, now, options }, schedule }: StoreState): Date | undefined {
  if (!podsOnClaim) return undefined;
  const mayStart = podsOnClaim.length === 0 && schedule?.ok !== false;
  return new Date(now.getTime() + (mayStart ? 0 : options.claimCheckSeconds * 1000));
}

/** The pods whose node a run needs are not watched either. */
const neighbourCheckAt = ({ observed: { neighbours, now, options } }: StoreState): Date | undefined =>
  neighbours && new Date(now.getTime() + options.claimCheckSeconds * 1000);

/** The time by which an active Job should have ended. */
function overdueCheckAt({ observed: { setupJobs, cleanupJobs, now } }: StoreState): Date | undefined {
  const times = [...setupJobs, ...cleanupJobs]
    .filter((job) => runOf(job).state === 'active')
    .flatMap((job) => overdueAt(job) ?? [])
    .filter((time) => time > now);
  return times.sort((a, b) => a.getTime() - b.getTime())[0];
}

/** The operator created the CronJob, and the Job that a person requested comes after it. */
const requestAt = ({ observed, request }: StoreState): Date | undefined =>
  request?.state === 'Due' ? observed.now : undefined;

/** The next time at which a change is due without an event: a retry, or a missed run. */
export function requeueAt(state: StoreState): Date | undefined {
  const { observed, missedAt } = state;
  const { now, rejectedWrites: refused, options } = observed;
  const missed = missedAt && missedAt > now ? missedAt : undefined;
  // Retry rejected writes: no event says that the cause is gone.
  const again = refused && new Date(now.getTime() + options.retryMinSeconds * 1000);
  const times = [
    retryAt(state),
    missed,
    overdueCheckAt(state),
    claimCheckAt(state),
    neighbourCheckAt(state),
    requestAt(state),
    again,
  ]
    .filter((time) => time !== undefined)
    .filter((time) => !refused || time > now);
  return times.sort((a, b) => a.getTime() - b.getTime())[0];
}
