import type { CronJob } from '../api/kubernetes.ts';
import { nextAttempt } from '../state/child-names.ts';
import { finishedCleanups } from '../state/cleanup-history.ts';
import type { StoreState } from '../state/derive-state.ts';
import { isClaimFree, isOvertaken, overtaken, waitsForClaim } from '../state/exclusive-claim.ts';
import { hashOf, specHash } from '../state/hash.ts';
import { runOf } from '../state/job-run.ts';
import { hashAnnotation, templateAnnotation } from '../state/labels.ts';
import type { ObservedJob } from '../state/observed.ts';
import { terminatedOf } from '../state/pod-end.ts';
import { finishedSetups } from '../state/setup-history.ts';
import type { Action } from './action.ts';
import { cleanupCronJob, requestedCleanupJob } from './cleanup-cron-job.ts';
import { contains, foreignParts } from './drift.ts';
import { hasOwnGates, prunePatchOf } from './prune-patch.ts';
import { setupJob, setupTemplate } from './setup-job.ts';
import { resumeActions } from './suspension.ts';

/** Time that a set-up Job is kept for inspection after status has recorded its result. */
const setupJobTtlSeconds = 3600;
/**
 * Time that a set-up Job is kept once a later attempt has a result, so that a Secret that is missing all night does not
 * leave hundreds of pods.
 */
const supersededTtlSeconds = 60;

/** The reason why the active set-up Job is no longer useful. */
function outdated({ observed, setup: { active } }: StoreState): string | undefined {
  if (!active) return undefined;
  const annotations = active.observed.job.metadata.annotations ?? {};
  if (annotations[hashAnnotation] !== specHash(observed.store.spec))
    return 'a field that shapes the store has changed';
  const template = hashOf(setupTemplate(observed.store, observed.options));
  // A running pod may finish, and the Job learns of an end later than the pod; a pod that waits, for example for an image,
  // would wait for the old one.
  const isAtWork = active.run.running || hasSucceeded(active.observed);
  return annotations[templateAnnotation] !== template && !isAtWork
    ? 'its pod template has changed'
    : undefined;
}

const hasSucceeded = ({ pods }: ObservedJob): boolean =>
  pods.some((pod) => terminatedOf(pod)?.exitCode === 0);

function setupActions(state: StoreState): readonly Action[] {
  const { observed, setup, setupDue, schedule, isProvisioned } = state;
  if (setup.active) return activeSetupActions(state, setup.active.observed);
  // An invalid schedule is refused before set-up creates a store that would then not be cleaned.
  if (setupDue === undefined || (schedule?.ok === false && !isProvisioned)) return [];
  const attempt = nextAttempt(setup.attempt);
  return [{ kind: 'createJob', job: setupJob(observed.store, observed.options, attempt), why: setupDue }];
}

/** Actions on the active set-up Job, which may be outdated or wait for its claim. */
function activeSetupActions(state: StoreState, active: ObservedJob): readonly Action[] {
  const { job } = active;
  if (job.metadata.deletionTimestamp) return [];
  const why = outdated(state) ?? (isOvertaken(active) ? overtaken : undefined);
  if (why !== undefined) return [{ kind: 'deleteJob', job, why }];
  const mayStart = waitsForClaim(active) && isClaimFree(state.observed);
  return mayStart ? [{ kind: 'suspendJob', job, suspend: false }] : [];
}

/**
 * Finished set-up Jobs with a result that status has recorded: only these may be deleted, and all but the last one
 * soon.
 */
function expiryActions({ observed }: StoreState): readonly Action[] {
  const last = observed.store.status?.setup?.jobUid;
  return finishedSetups(observed).recorded.flatMap((recorded): readonly Action[] => {
    const { job } = recorded;
    const ttlSeconds = job.metadata.uid === last ? setupJobTtlSeconds : supersededTtlSeconds;
    const isDue = !runOf(recorded).isOutlived && job.spec.ttlSecondsAfterFinished !== ttlSeconds;
    return isDue ? [{ kind: 'expireJob', job, ttlSeconds }] : [];
  });
}

/**
 * Jobs that still run although their run has ended. Each is deleted, with its pod and the sidecar, once status has
 * recorded its result, so that an interruption loses no result. Waiting for the Job's deadline instead would make it
 * Failed.
 */
function outlivedJobActions({ observed }: StoreState): readonly Action[] {
  return [...finishedSetups(observed).recorded, ...finishedCleanups(observed).recorded]
    .filter((recorded) => runOf(recorded).isOutlived && !recorded.job.metadata.deletionTimestamp)
    .map(({ job }) => ({
      kind: 'deleteJob',
      job,
      why: 'its run has ended, but another container still runs',
    }));
}

type Template = { readonly spec: Readonly<Record<string, unknown>> };
type JobTemplate = { readonly spec: Readonly<Record<string, unknown>> & { readonly template: Template } };

const jobTemplateOf = (cronJob: { readonly spec: unknown }): JobTemplate =>
  (cronJob.spec as { readonly jobTemplate: JobTemplate }).jobTemplate;

/** Parts of the CronJob's Jobs or pods that another client added and that an apply would leave. */
function foreignIn(live: CronJob, desired: ReturnType<typeof cleanupCronJob>): readonly string[] {
  const [liveJob, desiredJob] = [jobTemplateOf(live).spec, jobTemplateOf(desired).spec];
  const inJob = Object.keys(liveJob).filter((key) => !(key in desiredJob));
  const inPod = foreignParts(liveJob.template.spec, desiredJob.template.spec);
  return [...inJob, ...inPod.filter((part) => part !== 'schedulingGates' || !hasOwnGates(live))];
}

function cronJobActions(state: StoreState): readonly Action[] {
  const { observed, schedule, setup, isProvisioned } = state;
  const own = observed.ownCronJob;
  if (!schedule) return own ? [{ kind: 'deleteCronJob', cronJob: own, why: 'the spec has no cleanup' }] : [];
  if (!schedule.ok) return [];
  const isInTheWay = observed.cronJob?.metadata.deletionTimestamp !== undefined;
  if (!own && (isInTheWay || !isProvisioned)) return [];
  const cronJob = cleanupCronJob(observed.store, observed.options, schedule, setup.last);
  return own ? correction(own, cronJob) : [{ kind: 'createCronJob', cronJob }];
}

/**
 * The correction that turns the existing CronJob into the wanted one: no write, an apply, or deleting and creating it.
 */
function correction(live: CronJob, cronJob: ReturnType<typeof cleanupCronJob>): readonly Action[] {
  // An unedited CronJob with the current template got its extra fields from admission; recreating it would loop.
  const isSameTemplate =
    live.metadata.annotations?.[templateAnnotation] === cronJob.metadata.annotations[templateAnnotation];
  const isUnedited = live.metadata.generation === 1 && isSameTemplate;
  const foreign = isUnedited ? [] : foreignIn(live, cronJob);
  if (foreign.length > 0)
    return [{ kind: 'deleteCronJob', cronJob: live, why: `another client added ${foreign.join(', ')}` }];
  const patch = prunePatchOf(live, cronJob);
  return [
    ...(patch ? [{ kind: 'pruneCronJob', cronJob: live, patch } as const] : []),
    ...(contains(live, cronJob) ? [] : [{ kind: 'applyCronJob', cronJob, observed: live } as const]),
  ];
}

/** The run that an annotation requests. */
function requestActions(state: StoreState): readonly Action[] {
  const { observed, schedule, setup, request } = state;
  const cronJob = observed.ownCronJob;
  if (request?.state !== 'Due' || !schedule?.ok || !cronJob) return [];
  const made = { name: request.jobName, cronJob, ...(setup.last && { last: setup.last }) };
  const job = requestedCleanupJob(observed.store, observed.options, schedule, made);
  return [{ kind: 'createJob', job, why: 'the annotation requested a clean-up' }];
}

/**
 * The due writes, in the order in which they are made, after everything that must be suspended is suspended
 * (`suspendActions`).
 */
export function actionsOf(state: StoreState): readonly Action[] {
  // A suspended store gets no other write.
  if (state.observed.store.spec.suspend) return [];
  return [
    ...expiryActions(state),
    ...outlivedJobActions(state),
    ...setupActions(state),
    ...cronJobActions(state),
    ...resumeActions(state),
    ...requestActions(state),
  ];
}
