import type { Pod } from '../api/kubernetes.ts';
import { type Problem, type Run, runOf } from './job-run.ts';
import type { ObservedJob } from './observed.ts';
import { hasEnded } from './pod-end.ts';

/** How long after its deadline a Job may take to end: its pods have 30 s, and a node that restarts has the rest. */
const graceMs = 5 * 60_000;

const later = (time: number, ms: number): Date => new Date(time + ms);

/** The longest deadline of a Job of ours, for one that has lost its own. */
const longestSeconds = 6 * 3600;

/** When the Job should have ended at the latest; undefined where it is held back. One that nobody starts does not end, either. */
function deadlineOf({ job: { metadata, spec, status } }: ObservedJob): number | undefined {
  // Resumed, or with its first pod, it is about to get its start.
  const isStarting = status?.active || status?.conditions?.some(({ type }) => type === 'Suspended');
  if (spec.suspend || (isStarting && status?.startTime === undefined)) return undefined;
  const seconds = spec['activeDeadlineSeconds'];
  const from = Date.parse(status?.startTime ?? metadata.creationTimestamp);
  return from + (typeof seconds === 'number' ? seconds : longestSeconds) * 1000;
}

/** Since when a pod should be gone: Kubernetes has added the grace that the pod is given. */
const goneBy = ({ metadata: { deletionTimestamp } }: Pod): number =>
  deletionTimestamp === undefined ? Number.POSITIVE_INFINITY : Date.parse(deletionTimestamp);

/** The pod that should be gone first; of those that have ended, others may have a use. */
const oldestGone = (pods: readonly Pod[]): Pod | undefined =>
  pods.filter((pod) => !hasEnded(pod)).sort((a, b) => goneBy(a) - goneBy(b))[0];

/** When a Job that is under way counts as one that does not end. */
export function overdueAt(observed: ObservedJob): Date | undefined {
  const stuck = oldestGone(observed.pods);
  const time = Math.min(
    deadlineOf(observed) ?? Number.POSITIVE_INFINITY,
    stuck ? goneBy(stuck) : Number.POSITIVE_INFINITY,
  );
  return Number.isFinite(time) ? later(time, graceMs) : undefined;
}

function whereabouts(pods: readonly Pod[]): string {
  const pod = oldestGone(pods);
  if (!pod) return 'it has no pod';
  const { name, namespace, deletionTimestamp } = pod.metadata;
  const on = pod.spec?.nodeName ? ` on node ${pod.spec.nodeName}` : '';
  if (deletionTimestamp === undefined) return `its pod ${name} is still there${on}`;
  return (
    `its pod ${name}${on} should have been gone by ${deletionTimestamp}: if that node is dead, delete ` +
    `the node, or kubectl delete pod ${name} -n ${namespace} --force`
  );
}

/** What to say of a Job that is under way and should have ended long ago. No other run starts beside it. */
export function overdueProblem(observed: ObservedJob, now: Date): Problem | undefined {
  const since = overdueAt(observed);
  if (!since || since > now) return undefined;
  const deadline = deadlineOf(observed);
  const isLate = deadline !== undefined && deadline < now.getTime();
  const expected = isLate
    ? `to have ended by ${later(deadline, 0).toISOString().replace('.000', '')}`
    : 'to end';
  return {
    reason: 'JobNotEnding',
    message: `Expected Job ${observed.job.metadata.name} ${expected}, and no other runs until it has; ${whereabouts(observed.pods)}`,
  };
}

/** A Job that is under way, one that does not end before all others, as it keeps them from starting. */
export function activeOf(
  jobs: readonly ObservedJob[],
  now: Date,
): { readonly observed: ObservedJob; readonly run: Run } | undefined {
  const active = jobs.filter((job) => runOf(job).state === 'active');
  const overdue = active.find((job) => overdueProblem(job, now));
  const observed = overdue ?? active.at(-1);
  if (!observed) return undefined;
  const problem = overdue && overdueProblem(overdue, now);
  return { observed, run: { ...runOf(observed), ...(problem && { problem, isOverdue: true }) } };
}
