import type { Job } from '../api/kubernetes.ts';
import { memoizePerObject } from '../api/memoize.ts';
import type { SessionStoreSpec } from '../api/spec.ts';
import type { StoreState } from '../state/derive-state.ts';
import { isClaimFree, isOutdated, isOvertaken, overtaken, waitsForClaim } from '../state/exclusive-claim.ts';
import { digestOf } from '../state/hash.ts';
import { runOf } from '../state/job-run.ts';
import type { Observed, ObservedJob } from '../state/observed.ts';
import { isMarkedSuspended, isQueued, isSuspendedByOperator } from '../state/suspended-by-operator.ts';
import type { Action } from './action.ts';
import { cleanupTemplate } from './cleanup-cron-job.ts';

/** Reads a spec that may be invalid. */
const isStopped = (spec: { readonly suspend?: unknown } | undefined): boolean => spec?.suspend === true;

/**
 * Suspends the CronJob and a running clean-up if the spec or its clean-up is suspended. The patch has this one field
 * and comes before every other write, because an error in the rest of the spec or in the CronJob must not let the
 * deletion continue.
 */
export function suspendActions(observed: Observed): readonly Action[] {
  const spec = observed.store.spec as SessionStoreSpec | undefined;
  if (!isStopped(spec) && !isStopped(spec?.cleanup)) return [];
  const own = observed.ownCronJob;
  const active = observed.cleanupJobs.filter(isActive);
  return [
    ...(own && !own.spec.suspend ? [{ kind: 'suspendCronJob', cronJob: own } as const] : []),
    ...active.flatMap(({ job }) => stopActions(job)),
  ];
}

const isActive = (observed: ObservedJob): boolean =>
  runOf(observed).state === 'active' && !observed.job.metadata.deletionTimestamp;

/**
 * On resume a run restarts from the beginning, unless the spec changed. A Job that waits for its claim starts when no
 * pod mounts the claim. A Job that another client suspended is left for that client to resume.
 */
export function resumeActions(state: StoreState): readonly Action[] {
  const { cleanupJobs, store } = state.observed;
  if (store.spec.cleanup?.suspend) return [];
  return cleanupJobs.filter(isActive).flatMap((observed): readonly Action[] => {
    const { job } = observed;
    if (waitsForClaim(observed)) return startActions(state, job);
    if (isOvertaken(observed)) return [{ kind: 'deleteJob', job, why: overtaken }];
    return job.spec.suspend ? resumeJobActions(state, observed) : [];
  });
}

/** Suspends a run, or deletes it if another client would resume it again and again. */
function stopActions(job: Job): readonly Action[] {
  if (isSuspendedByOperator(job)) return [];
  if (isQueued(job))
    return [{ kind: 'deleteJob', job, why: 'clean-up is suspended, but a queue could start it' }];
  if (isMarkedSuspended(job))
    return [{ kind: 'deleteJob', job, why: 'it was resumed by another client while clean-up is suspended' }];
  return [{ kind: 'suspendJob', job, suspend: true }];
}

/**
 * The pod template that clean-up has now. Undefined without a valid schedule: what the Jobs should look like is then
 * unknown.
 */
const currentTemplate = memoizePerObject(({ observed, schedule, setup }: StoreState) =>
  schedule?.ok ? cleanupTemplate(observed.store, observed.options, schedule, setup.last) : undefined,
);

/** Actions on a clean-up that waits for its claim. */
function startActions(state: StoreState, job: Job): readonly Action[] {
  const template = currentTemplate(state);
  if (!template) return [];
  if (isOutdated(job, template))
    return [{ kind: 'deleteJob', job, why: 'it has not started, and its pod template has changed' }];
  return isClaimFree(state.observed) ? [{ kind: 'suspendJob', job, suspend: false }] : [];
}

const argsOf = (template: unknown): string => {
  const { spec } = (template ?? {}) as { spec?: { containers?: readonly { args?: unknown }[] } };
  return JSON.stringify(spec?.containers?.map(({ args }) => digestOf(args)));
};

/**
 * Actions on a clean-up that was suspended or waits in a queue: it would delete by the spec that it was created with.
 */
function resumeJobActions(state: StoreState, { job }: ObservedJob): readonly Action[] {
  const template = currentTemplate(state);
  if (!template) return [];
  if (argsOf(job.spec['template']) !== argsOf(template))
    return [{ kind: 'deleteJob', job, why: 'it was suspended, and the spec has changed since' }];
  return isSuspendedByOperator(job) ? [{ kind: 'suspendJob', job, suspend: false }] : [];
}
