import type { CronJob, Job } from '../api/kubernetes.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import { cleanupCronJobName } from '../state/child-names.ts';
import { isFinished } from '../state/job-run.ts';
import { storeLabel } from '../state/labels.ts';
import type { Access } from './access.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { NamespaceReader } from './namespace-reader.ts';
import type { ReadResult } from './read-result.ts';

/** The objects of a store that may still delete, by name. */
export interface StillRunning {
  readonly cronJob?: string;
  readonly jobs: readonly string[];
}

/** A Job has ended, or is suspended and has no pod left, be it one that is told to end. */
function runs(job: Job): boolean {
  const { spec, status } = job;
  const pods = (status?.active ?? 0) + (status?.terminating ?? 0);
  return !isFinished(job) && !(spec.suspend && pods === 0);
}

const seenValue = <T>(found: ReadResult<T>, name: string): T | undefined => {
  if (found.state === 'refused')
    throw new CliError(
      exitCodes.forbidden,
      `spec.suspend of ${name} is set; whether its runs have stopped could not be seen. ${found.why}`,
    );
  return found.state === 'found' ? found.value : undefined;
};

/** Asks for the CronJob and the Jobs of a store. */
export async function stillRunning(
  access: Access,
  { metadata: { name, namespace } }: SessionStoreResource,
): Promise<StillRunning> {
  const reader = new NamespaceReader(access.server, namespace);
  const cronJobName = cleanupCronJobName(name);
  const asCronJob = (object: unknown) => object as CronJob;
  // The CronJob first: once it is suspended, it makes no Job that the list would lack.
  const cronJob = seenValue(
    await reader.get('get CronJobs', 'batch', 'cronjobs', cronJobName, asCronJob),
    name,
  );
  const ofStore = { labelSelector: `${storeLabel}=${name}` };
  const jobs = seenValue(await reader.list<Job>('list Jobs', 'batch', 'jobs', ofStore), name) ?? [];
  return {
    ...(cronJob && !cronJob.spec.suspend && { cronJob: cronJobName }),
    jobs: jobs.filter(runs).map(({ metadata }) => metadata.name),
  };
}

/** A sentence on the objects that still run, with the commands that stop them without the operator; undefined if none does. */
export function stopText({ cronJob, jobs }: StillRunning, namespace: string): string | undefined {
  const named = jobs.length === 1 ? `Job ${jobs[0]} runs` : `Jobs ${jobs.join(', ')} run`;
  const what = [
    ...(cronJob ? [`CronJob ${cronJob} is not suspended`] : []),
    ...(jobs.length > 0 ? [named] : []),
  ];
  const commands = [
    ...(cronJob ? [`kubectl patch cronjob ${cronJob} -n ${namespace} -p '{"spec":{"suspend":true}}'`] : []),
    ...(jobs.length > 0 ? [`kubectl delete job ${jobs.join(' ')} -n ${namespace}`] : []),
  ];
  return what.length === 0 ? undefined : `${what.join(', ')}; to stop it yourself: ${commands.join(' && ')}`;
}
