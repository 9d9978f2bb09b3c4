import { cleanupRequestAnnotation } from '../api/group.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import { cleanupCronJobName } from './child-names.ts';
import { hashOf } from './hash.ts';
import { runOf } from './job-run.ts';
import type { Observed } from './observed.ts';
import type { Schedule } from './schedule.ts';

/** A clean-up that an annotation requests, and that status does not yet record as handled. */
export interface CleanupRequest {
  readonly value: string;
  readonly jobName: string;
  /** `Due`: its Job has to be created; `Started`: its Job has started. */
  readonly state: 'Due' | 'Waiting' | 'Started';
  /** Reason for waiting. */
  readonly why?: string;
}

/**
 * The name of the requested Job: the same for the same request, so that a repeated creation finds it, and another for
 * each request, even if earlier ones had the same values in the same order: each name is made from the one before. A
 * scheduled Job's name has digits after its last hyphen.
 */
function jobNameOf({ metadata, status }: SessionStoreResource, value: string): string {
  const { lastRequestJobName, lastHandledRequest } = status?.cleanup ?? {};
  const hash = hashOf([lastRequestJobName ?? lastHandledRequest ?? '', value]);
  return `${cleanupCronJobName(metadata.name)}-r${hash}`;
}

/** The requested clean-up, if it is not handled. A request is never lost: it waits until a run may start. */
export function cleanupRequest(
  observed: Observed,
  schedule: Schedule | undefined,
  isProvisioned: boolean,
): CleanupRequest | undefined {
  const { store, cleanupJobs } = observed;
  const value = store.metadata.annotations?.[cleanupRequestAnnotation]?.slice(0, 256);
  if (value === undefined || value === store.status?.cleanup?.lastHandledRequest) return undefined;
  const jobName = jobNameOf(store, value);
  const own = cleanupJobs.find(({ job }) => job.metadata.name === jobName);
  const run = own && !own.job.metadata.deletionTimestamp ? runOf(own) : undefined;
  // A Job that has not started may be deleted because its template is outdated; then another one is created.
  const isNotStarted = run?.state === 'active' && run.isSuspended;
  if (run && !isNotStarted) return { value, jobName, state: 'Started' };
  const why = isNotStarted
    ? `Job ${jobName} has not started yet`
    : waitReason(observed, schedule, isProvisioned);
  return { value, jobName, state: why === undefined ? 'Due' : 'Waiting', ...(why !== undefined && { why }) };
}

/** The reason why no requested run may start now. */
function waitReason(
  { store, ownCronJob, cleanupJobs }: Observed,
  schedule: Schedule | undefined,
  isProvisioned: boolean,
): string | undefined {
  if (store.spec.suspend) return 'spec.suspend: no clean-up starts';
  if (store.spec.cleanup?.suspend) return 'cleanup.suspend: no clean-up starts';
  if (schedule?.ok !== true) return 'cleanup.schedule is not valid';
  if (!isProvisioned) return 'waits for set-up';
  if (!ownCronJob) return 'waits for the CronJob';
  // A run that goes on may have passed what the request is about, or may have begun with an older spec.
  const other = cleanupJobs.find((job) => runOf(job).state === 'active');
  return other && `waits until Job ${other.job.metadata.name} has ended`;
}
