import type { Job } from '../api/kubernetes.ts';
import { type Task, taskLabel } from '../desired/labels.ts';
import { cleanupCronJobName } from '../desired/names.ts';
import type { Observed, ObservedJob, Refusal } from '../desired/observed.ts';
import type { Caches } from '../kube/cluster.ts';
import type { ReconcileContext, StoreKey } from './reconcile.ts';

const byAge = (a: Job, b: Job): number =>
  Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
  a.metadata.name.localeCompare(b.metadata.name, 'en', { numeric: true });

function withPods(caches: Caches, job: Job): ObservedJob {
  const pods = caches.podsOwnedBy(job.metadata.uid);
  const warnings = [job, ...pods].flatMap(({ metadata }) => caches.warningsAbout(metadata.uid));
  return { job, pods, warnings };
}

function jobsOf(caches: Caches, ownerUid: string | undefined, task: Task): readonly ObservedJob[] {
  if (ownerUid === undefined) return [];
  const jobs = caches.jobsOwnedBy(ownerUid).filter(({ metadata }) => metadata.labels?.[taskLabel] === task);
  return [...jobs].sort(byAge).map((job) => withPods(caches, job));
}

/** Everything that a decision about the store needs, read once; undefined where the store is gone. */
export function observe(
  { namespace, name }: StoreKey,
  context: ReconcileContext,
  refused?: Refusal,
): Observed | undefined {
  const { caches, options, now } = context;
  const store = caches.sessionStore(namespace, name);
  if (!store) return undefined;
  const cronJob = caches.cronJob(namespace, cleanupCronJobName(name));
  const isOwn = cronJob?.metadata.ownerReferences?.some(({ uid }) => uid === store.metadata.uid);
  return {
    store,
    now: now(),
    options,
    setupJobs: jobsOf(caches, store.metadata.uid, 'setup'),
    cleanupJobs: jobsOf(caches, isOwn ? cronJob?.metadata.uid : undefined, 'cleanup'),
    ...(cronJob && { cronJob }),
    ...(refused && { refused }),
  };
}
