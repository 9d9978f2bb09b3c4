import type { Pod } from '../api/kubernetes.ts';
import { type Run, runOf } from './job-run.ts';
import type { ObservedJob } from './observed.ts';
import { hasEnded } from './pod-end.ts';
import type { Problem } from './problem.ts';

/** Time that a Job may take to end after its deadline: its pods have 30 s, and a node that restarts has the rest. */
const graceMs = 5 * 60_000;

const later = (time: number, ms: number): Date => new Date(time + ms);

/** The longest deadline of an own Job, for a Job that has lost its deadline. */
const longestSeconds = 6 * 3600;

/**
 * The latest time at which the Job should have ended; undefined if it is suspended. A Job that no controller starts
 * also counts as not ending.
 */
function deadlineOf({ job: { metadata, spec, status } }: ObservedJob): number | undefined {
  // A resumed Job, or one with its first pod, will get its start time soon.
  const isStarting = status?.active || status?.conditions?.some(({ type }) => type === 'Suspended');
  if (spec.suspend || (isStarting && status?.startTime === undefined)) return undefined;
  const seconds = spec['activeDeadlineSeconds'];
  const from = Date.parse(status?.startTime ?? metadata.creationTimestamp);
  return from + (typeof seconds === 'number' ? seconds : longestSeconds) * 1000;
}

/** The time by which a pod should be gone: Kubernetes has added the pod's grace period. */
const deletionDeadline = ({ metadata: { deletionTimestamp } }: Pod): number =>
  deletionTimestamp === undefined ? Number.POSITIVE_INFINITY : Date.parse(deletionTimestamp);

/** The pod that should be gone first; pods that have ended are not considered. */
const mostOverduePod = (pods: readonly Pod[]): Pod | undefined =>
  pods.filter((pod) => !hasEnded(pod)).sort((a, b) => deletionDeadline(a) - deletionDeadline(b))[0];

/** The time from which an active Job counts as one that does not end. */
export function overdueAt(observed: ObservedJob): Date | undefined {
  const stuck = mostOverduePod(observed.pods);
  const time = Math.min(
    deadlineOf(observed) ?? Number.POSITIVE_INFINITY,
    stuck ? deletionDeadline(stuck) : Number.POSITIVE_INFINITY,
  );
  return Number.isFinite(time) ? later(time, graceMs) : undefined;
}

function podStateText(pods: readonly Pod[]): string {
  const pod = mostOverduePod(pods);
  if (!pod) return 'it has no pod';
  const { name, namespace, deletionTimestamp } = pod.metadata;
  const on = pod.spec?.nodeName ? ` on node ${pod.spec.nodeName}` : '';
  if (deletionTimestamp === undefined) return `its pod ${name} is still there${on}`;
  return (
    `its pod ${name}${on} should have been gone by ${deletionTimestamp}: if that node is dead, delete ` +
    `the node, or kubectl delete pod ${name} -n ${namespace} --force`
  );
}

/** The trouble of an active Job that should have ended long ago. No other run starts beside it. */
function overdueProblem(observed: ObservedJob, now: Date): Problem | undefined {
  const since = overdueAt(observed);
  if (!since || since > now) return undefined;
  const deadline = deadlineOf(observed);
  const isLate = deadline !== undefined && deadline < now.getTime();
  const expected = isLate
    ? `to have ended by ${later(deadline, 0).toISOString().replace('.000', '')}`
    : 'to end';
  return {
    reason: 'JobNotEnding',
    message: `Expected Job ${observed.job.metadata.name} ${expected}, and no other runs until it has; ${podStateText(observed.pods)}`,
  };
}

/** An active Job; one that does not end comes before all others, because it keeps them from starting. */
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
