import { isDeepStrictEqual } from 'node:util';
import type { CronJob, Job } from '../../api/kubernetes.ts';
import { isOwnedBy } from '../../api/kubernetes.ts';
import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import { storeInput } from '../../desired/runner-args.ts';
import { ifFound } from '../../kube/api-error.ts';
import type { ApiServer } from '../../kube/api-server.ts';
import { allOf } from '../../kube/list.ts';
import { cronJobsPath, jobsPath } from '../../kube/paths.ts';
import { cleanupCronJobName } from '../../state/child-names.ts';
import { conditionOf } from '../../state/condition.ts';
import { isFinished } from '../../state/job-run.ts';
import { cliManager, storeLabel, taskLabel } from '../../state/labels.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { inputIn, runnerIn } from '../run/runner-in.ts';
import { manualJob } from './manual-job.ts';

/** A run that is to be followed. */
export interface StartedRun {
  readonly job: Job;
  /** True if the run was going on already. */
  readonly wasRunning: boolean;
}

const notReadyError = (message: string) => new CliError(exitCodes.notWell, message);

/** Why a store that has no CronJob cannot be cleaned. */
function whyNoCronJob({ metadata: { name }, spec, status }: SessionStoreResource): string {
  if (!spec.cleanup) return `SessionStore ${name} has no cleanup in its spec: its sessions are never old`;
  const found = (['Provisioned', 'CleanupScheduled'] as const)
    .map((type) => conditionOf(status, type))
    .find((condition) => condition && condition.status !== 'True');
  const why = found
    ? `${found.reason}: ${found.message}`
    : 'the operator has not made it yet; sessionstore doctor says whether the operator runs';
  return `SessionStore ${name} has no CronJob ${cleanupCronJobName(name)}, from which a run is made: ${why}`;
}

/** Throws if the operator would stop a run of this store at once. */
function requireRunnable({ metadata: { name }, spec }: SessionStoreResource): void {
  const field = spec.suspend ? 'spec.suspend' : spec.cleanup?.suspend ? 'spec.cleanup.suspend' : undefined;
  if (field === undefined) return;
  const how = field === 'spec.suspend' ? `sessionstore resume ${name}` : 'set spec.cleanup.suspend to false';
  throw notReadyError(
    `SessionStore ${name} is suspended (${field}), and the operator stops its runs: ${how}`,
  );
}

async function cronJobOf(server: ApiServer, store: SessionStoreResource): Promise<CronJob> {
  const { namespace, name } = store.metadata;
  const path = cronJobsPath(namespace, cleanupCronJobName(name));
  const cronJob = await ifFound(server.request<CronJob>({ method: 'GET', path }));
  if (cronJob && isOwnedBy(cronJob, store)) return cronJob;
  throw notReadyError(whyNoCronJob(store));
}

/** The CronJob's Job that goes on and does the same; one that only counts, or has an older spec, is no answer. */
async function activeJob(
  server: ApiServer,
  cronJob: CronJob,
  store: string,
  wanted: Pick<Job, 'spec'>,
): Promise<Job | undefined> {
  const { namespace } = cronJob.metadata;
  const labelSelector = `${storeLabel}=${store},${taskLabel}=cleanup`;
  const found = await allOf<Job>(server, jobsPath(namespace), { labelSelector });
  return found.find(
    (job) =>
      isOwnedBy(job, cronJob) &&
      !job.metadata.deletionTimestamp &&
      !isFinished(job) &&
      isDeepStrictEqual(runnerIn(job)?.args, runnerIn(wanted)?.args),
  );
}

/**
 * Throws if the CronJob is of another spec than the store: its run would delete by an age, or by a description, that no
 * longer holds. That the operator has observed the spec is not enough: it may be unable to work with it.
 */
function requireSameSpec(job: Pick<Job, 'spec'>, { metadata: { name }, spec }: SessionStoreResource): void {
  const wanted: unknown = JSON.parse(JSON.stringify(storeInput(spec, 'cleanup')));
  const runner = runnerIn(job);
  if (isDeepStrictEqual(runner && inputIn(runner)?.store, wanted)) return;
  throw notReadyError(
    `CronJob ${cleanupCronJobName(name)} does not match the spec of SessionStore ${name}, so no run was started. ` +
      'Either the operator has not applied the spec yet, or its version differs from this program’s. sessionstore doctor says more',
  );
}

/** A name that no other Job has; 63 characters for the longest name of a store. */
const newName = (store: string): string =>
  `${store}-cleanup-now-${Math.random().toString(36).slice(2, 7).padEnd(5, '0')}`;

/**
 * The run of a store that goes on already, or a new one made from its CronJob. A second run beside the first would be
 * safe, and only slow down the database.
 */
export async function startRun(
  server: ApiServer,
  store: SessionStoreResource,
  { dryRun }: { readonly dryRun: boolean },
): Promise<StartedRun> {
  requireRunnable(store);
  const cronJob = await cronJobOf(server, store);
  const { namespace, name } = store.metadata;
  const template = cronJob.spec['jobTemplate'] as Pick<Job, 'spec'>;
  requireSameSpec(template, store);
  const body = manualJob(cronJob, { name: newName(name), dryRun });
  const active = await activeJob(server, cronJob, name, body);
  if (active) return { job: active, wasRunning: true };
  const query = { fieldManager: cliManager };
  const job = await server.request<Job>({ method: 'POST', path: jobsPath(namespace), query, body });
  return { job, wasRunning: false };
}
