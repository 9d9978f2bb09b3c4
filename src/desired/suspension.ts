import type { CronJob, Job } from '../api/kubernetes.ts';
import type { SessionStoreSpec } from '../api/spec.ts';
import type { Assessment } from '../status/assessment.ts';
import { runOf } from '../status/run.ts';
import type { Action } from './actions.ts';
import { isClaimFree, isOutdated, isWaiting } from './claim-gate.ts';
import { cleanupTemplate } from './cleanup-cron-job.ts';
import type { Observed, ObservedJob } from './observed.ts';

/** The CronJob as observed, where it is this store's own and not on its way out. */
export function ownCronJob({ store, cronJob }: Observed): CronJob | undefined {
  const isOwn = cronJob?.metadata.ownerReferences?.some(({ uid }) => uid === store.metadata.uid);
  return isOwn && !cronJob?.metadata.deletionTimestamp ? cronJob : undefined;
}

/** Read of what may be no valid spec. */
const isHeld = (spec: { readonly suspend?: unknown } | undefined): boolean => spec?.suspend === true;

/**
 * Stops the CronJob where the spec or its clean-up is suspended: this one field alone, so that nothing which is wrong with
 * the rest of the spec, or with the CronJob, keeps sessions being deleted that somebody wants kept.
 */
export function holdActions(observed: Observed): readonly Action[] {
  const spec = observed.store.spec as SessionStoreSpec | undefined;
  const own = ownCronJob(observed);
  const shallStop = isHeld(spec) || isHeld(spec?.cleanup);
  return own && shallStop && !own.spec.suspend ? [{ kind: 'suspendCronJob', cronJob: own }] : [];
}

/**
 * cleanup.suspend stops a run that is going on, too; the Job goes on from the start when it is lifted, if the spec still says
 * what it says. One that waits for its claim starts when nobody mounts it.
 */
export function suspendActions(assessment: Assessment): readonly Action[] {
  const { cleanupJobs, store } = assessment.observed;
  const suspend = store.spec.cleanup?.suspend ?? false;
  return cleanupJobs.flatMap((observed): readonly Action[] => {
    const { job } = observed;
    if (!suspend && isWaiting(observed)) return startActions(assessment, job);
    if (runOf(observed).state !== 'active' || (job.spec.suspend ?? false) === suspend) return [];
    return suspend ? [{ kind: 'suspendJob', job, suspend }] : resumeActions(assessment, observed);
  });
}

/** What becomes of a clean-up that waits for its claim. */
function startActions({ observed, schedule }: Assessment, job: Job): readonly Action[] {
  // Without a schedule it cannot be told what the Job would be now.
  if (!schedule?.ok || job.metadata.deletionTimestamp) return [];
  if (isOutdated(job, cleanupTemplate(observed.store, observed.options, schedule)))
    return [{ kind: 'deleteJob', job, why: 'it has not started, and its pod would be another now' }];
  return isClaimFree(observed) ? [{ kind: 'suspendJob', job, suspend: false }] : [];
}

const argsOf = (template: unknown): string => {
  const { spec } = (template ?? {}) as { spec?: { containers?: readonly { args?: unknown }[] } };
  return JSON.stringify(spec?.containers?.map(({ args }) => args));
};

/** What becomes of a clean-up that was held back: it would delete what the spec of its time said. */
function resumeActions({ observed, schedule }: Assessment, { job }: ObservedJob): readonly Action[] {
  if (!schedule?.ok || job.metadata.deletionTimestamp) return [];
  const template = cleanupTemplate(observed.store, observed.options, schedule);
  return argsOf(job.spec['template']) === argsOf(template)
    ? [{ kind: 'suspendJob', job, suspend: false }]
    : [{ kind: 'deleteJob', job, why: 'it was suspended, and the spec has changed since' }];
}
