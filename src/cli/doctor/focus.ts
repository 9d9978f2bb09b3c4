import type { KubeEvent, Pod } from '../../api/kubernetes.ts';
import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import { conditionOf } from '../../state/condition.ts';
import { type Task, taskLabel } from '../../state/labels.ts';
import type { ObservedJob } from '../../state/observed.ts';
import { lastSeen } from '../../state/times.ts';
import { newestOf, ownedBy } from '../objects.ts';
import type { ReadResult } from '../read-result.ts';
import { readinessOf } from '../status/readiness.ts';
import type { StoreFacts } from './store-facts.ts';

const valuesOf = <T>(found: ReadResult<readonly T[]>): readonly T[] =>
  found.state === 'found' ? found.value : [];

/** The newest run of a task with its pods and their warnings; undefined if no Job of it is there or may be seen. */
export function newestRun({ jobs, pods, events }: StoreFacts, task: Task): ObservedJob | undefined {
  const job = newestOf(valuesOf(jobs).filter(({ metadata }) => metadata.labels?.[taskLabel] === task));
  if (!job) return undefined;
  const own = ownedBy(valuesOf(pods), job);
  const uids = new Set([job, ...own].map(({ metadata }) => metadata.uid));
  const warnings = valuesOf(events).filter(({ involvedObject }) => uids.has(involvedObject.uid ?? ''));
  return { job, pods: own, warnings };
}

/** The newest pod of a run. */
export const newestPod = (run: ObservedJob | undefined): Pod | undefined => run && newestOf(run.pods);

/** The task whose run explains the state: set-up until it has succeeded, clean-up from then on. */
const taskInFocus = (store: SessionStoreResource): Task =>
  store.spec.cleanup && conditionOf(store.status, 'Provisioned')?.status === 'True' ? 'cleanup' : 'setup';

/** The run to look into: the newest of the task in focus, or of the other task if that one has no run. */
export function runInFocus(facts: StoreFacts): ObservedJob | undefined {
  const task = taskInFocus(facts.store);
  return newestRun(facts, task) ?? newestRun(facts, task === 'setup' ? 'cleanup' : 'setup');
}

/** Warnings about the store, its CronJob, and the run in focus, newest first; those that only repeat its condition are left out. */
export function warningsInFocus(facts: StoreFacts): readonly KubeEvent[] {
  const { store, cronJob, events } = facts;
  const run = runInFocus(facts);
  const said = readinessOf(store).message;
  const objects = [
    store,
    ...(cronJob?.state === 'found' ? [cronJob.value] : []),
    ...(run ? [run.job, ...run.pods] : []),
  ];
  const uids = new Set(objects.map(({ metadata }) => metadata.uid));
  return valuesOf(events)
    .filter(({ involvedObject }) => uids.has(involvedObject.uid ?? ''))
    .filter(({ message }) => message === undefined || !said.includes(message))
    .toSorted((a, b) => lastSeen(b) - lastSeen(a));
}
