import type { Job, KubeCondition, KubeEvent, Pod } from '../api/kubernetes.ts';
import { memoizePerObject } from '../api/memoize.ts';
import { isPermanent, type PermanentReason, permanentExitCodes, permanentReasons } from '../api/reasons.ts';
import { parseResult, type RunnerResult } from '../api/runner-result.ts';
import { exclusiveClaimGate } from './labels.ts';
import type { ObservedJob } from './observed.ts';
import { othersIn, outlivedEnd } from './outlived.ts';
import { endProblem, hasEnded, runnerOf, terminatedOf } from './pod-end.ts';
import type { Problem } from './problem.ts';
import { isQueued } from './suspended-by-operator.ts';
import { lastSeen } from './times.ts';

/** A Job in the form of its store's status. */
export interface Run {
  readonly name: string;
  readonly uid: string;
  readonly state: 'active' | 'succeeded' | 'failed';
  /** The reason why the run failed, or, while it is active, the reason why it waits. */
  readonly problem?: Problem;
  /** True if a container of the run is running now. */
  readonly running: boolean;
  /** True if the run is held back: its containers may not run. */
  readonly isSuspended: boolean;
  /** True if a client other than the operator holds the run back. */
  readonly isQueued: boolean;
  /** True if the run has ended but its Job has not; the Job would continue to its deadline, or repeat finished work. */
  readonly isOutlived: boolean;
  /** The reports of the run's pods, oldest first. */
  readonly results: readonly RunnerResult[];
  /** Number of the run's pods that ended, by the Job's count, without a readable result. */
  readonly lostResults: number;
  /** True if the run is active and should have ended long ago. */
  readonly isOverdue?: true;
  readonly startedAt?: string;
  readonly finishedAt?: string;
}

const isTrue = (object: Job | Pod, type: string) =>
  object.status?.conditions?.find((condition) => condition.type === type && condition.status === 'True');

/** True if Kubernetes has ended the Job; SuccessCriteriaMet and FailureTarget come earlier. */
export const isFinished = (job: Job): boolean =>
  isTrue(job, 'Complete') !== undefined || isTrue(job, 'Failed') !== undefined;

const byCreation = (a: Pod | Job, b: Pod | Job): number =>
  Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp);

const imageReasons = new Set([
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);

/** The container, or the pod sandbox around it, cannot be created. */
const notMade = /^(Create|Run)(Container|PodSandbox)/;

const gated =
  `the pod is held by a scheduling gate (${exclusiveClaimGate}): another client resumed its Job before ` +
  'the operator found that no other pod mounts the claim. Keep queues and policies from suspending ' +
  'Jobs of this store, and delete the Job.';

/** The problem that keeps a pod from starting, with its image, node, container or volume; the first one found. */
function waitingProblem(pod: Pod, warnings: readonly KubeEvent[]): Problem | undefined {
  const { reason = '', message } = runnerOf(pod)?.state?.waiting ?? {};
  if (imageReasons.has(reason)) {
    return { reason: 'ImagePullFailed', message: `${reason}: ${message ?? 'the image cannot be pulled'}` };
  }
  if (reason === 'PodInitializing') return initializingProblem(pod);
  const unscheduled = pod.status?.conditions?.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  if (unscheduled?.reason === 'SchedulingGated') return { reason: 'PodUnschedulable', message: gated };
  if (unscheduled)
    return { reason: 'PodUnschedulable', message: unscheduled.message ?? 'no node fits the pod' };
  if (notMade.test(reason)) return { reason: 'PodNotStarting', message: `${reason}: ${message ?? ''}` };
  return reason === 'ContainerCreating' ? mountProblem(pod, warnings) : undefined;
}

/**
 * The problem that keeps a container from starting that admission added before the runner, for example a native
 * sidecar.
 */
function initializingProblem({ status }: Pod): Problem | undefined {
  for (const { name, state } of status?.initContainerStatuses ?? []) {
    const { reason = '', message = 'no reason' } = state?.waiting ?? {};
    const said = `container ${name}, which another component added before the runner: ${reason}: ${message}`;
    if (imageReasons.has(reason)) return { reason: 'ImagePullFailed', message: said };
    if (notMade.test(reason) || reason === 'CrashLoopBackOff')
      return { reason: 'PodNotStarting', message: said };
  }
  return undefined;
}

function mountProblem(pod: Pod, warnings: readonly KubeEvent[]): Problem | undefined {
  const [event] = warnings
    .filter(
      ({ involvedObject, reason }) =>
        involvedObject.uid === pod.metadata.uid && reason !== 'FailedScheduling',
    )
    .toSorted((a, b) => lastSeen(b) - lastSeen(a));
  return event && { reason: 'PodNotStarting', message: event.message ?? 'a volume cannot be mounted' };
}

const podProblem = (pod: Pod, warnings: readonly KubeEvent[]): Problem | undefined =>
  hasEnded(pod) ? endProblem(pod) : waitingProblem(pod, warnings);

/**
 * The newest problem: of the newest pod, or that there is no pod. A pod that has just started has no problem yet; until
 * it has one, the end of the pod before it counts.
 */
function problemOf(
  { job, pods, warnings }: ObservedJob,
  isRelevant: (problem: Problem) => boolean = () => true,
): Problem | undefined {
  const newestFirst = [...pods].sort(byCreation).reverse();
  if (newestFirst.length > 0)
    return newestFirst.flatMap((pod) => podProblem(pod, warnings) ?? []).find(isRelevant);
  const refusal = warnings.find(
    (event) => event.involvedObject.uid === job.metadata.uid && event.reason === 'FailedCreate',
  );
  return refusal && { reason: 'PodRefused', message: refusal.message ?? 'the API server refuses the pod' };
}

/**
 * The message of a Job that ended at its deadline: the reason why its last pod waited, or the end of the earlier pods.
 */
function deadlineProblem(observed: ObservedJob, message = 'the Job ran past its deadline'): Problem {
  const newest = [...observed.pods].sort(byCreation).at(-1);
  const waiting = newest && !hasEnded(newest) ? waitingProblem(newest, observed.warnings) : undefined;
  if (waiting) return waiting;
  // The deadline itself sends these signals, so a pod that they ended has no further meaning.
  const news = problemOf(observed, ({ reason }) => reason !== 'Interrupted' && reason !== 'Killed');
  if (news?.reason === 'PodRefused') return news;
  const lastWords = news ? `; the last message of its pods: ${news.reason}: ${news.message}` : '';
  return { reason: 'DeadlineExceeded', message: message + lastWords };
}

/** For a deleted pod the Job itself still knows the exit code, if it was a permanent one. */
function exitCodeIn(message = ''): PermanentReason | undefined {
  const exitCode = Number(/failed with exit code (\d+) matching FailJob rule/.exec(message)?.[1]);
  return permanentReasons.find((reason) => permanentExitCodes[reason] === exitCode);
}

function failureOf(observed: ObservedJob, { reason, message }: KubeCondition): Problem {
  if (reason === 'DeadlineExceeded') return deadlineProblem(observed, message);
  const problem = problemOf(observed);
  if (problem) return problem;
  return {
    reason: exitCodeIn(message) ?? 'ResultMissing',
    message: `${message ?? 'the Job failed'}; its result was lost with its pod`,
  };
}

export const runOf = memoizePerObject((observed: ObservedJob): Run => {
  const { job } = observed;
  const pods = [...observed.pods].sort(byCreation);
  const end = endOf(observed);
  const results = pods.flatMap((pod) => parseResult(terminatedOf(pod)?.message) ?? []);
  return {
    name: job.metadata.name,
    uid: job.metadata.uid,
    running: pods.some((pod) => runnerOf(pod)?.state?.running !== undefined),
    isSuspended: job.spec.suspend ?? false,
    isQueued: end.state === 'active' && isQueued(job),
    results,
    lostResults: Math.max((job.status?.failed ?? 0) + (job.status?.succeeded ?? 0) - results.length, 0),
    isOutlived: end.state !== 'active' && !isFinished(job),
    ...(job.status?.startTime && { startedAt: job.status.startTime }),
    ...end,
  };
});

/**
 * True while a pod's final state has not arrived. The Job may appear finished first; recording "no result" then would
 * be permanent.
 */
const awaitsPods = ({ pods }: ObservedJob): boolean =>
  pods.some(
    (pod) =>
      !pod.metadata.deletionTimestamp &&
      !terminatedOf(pod) &&
      (pod.status?.phase === 'Pending' || pod.status?.phase === 'Running'),
  );

function endOf(observed: ObservedJob): Pick<Run, 'state' | 'problem' | 'finishedAt'> {
  const { job } = observed;
  const complete = isTrue(job, 'Complete');
  const failed = isTrue(job, 'Failed');
  // After the deadline the Job's pods are deleted, also while they wait.
  if ((complete ?? failed) && failed?.reason !== 'DeadlineExceeded' && awaitsPods(observed))
    return { state: 'active' };
  if (complete)
    return { state: 'succeeded', ...atTime(job.status?.completionTime ?? complete.lastTransitionTime) };
  const byRunner = endByRunner(observed, failed !== undefined);
  if (byRunner) return byRunner;
  if (failed)
    return { state: 'failed', problem: failureOf(observed, failed), ...atTime(failed.lastTransitionTime) };
  const problem = activeProblem(observed);
  return { state: 'active', ...(problem && { problem }) };
}

/**
 * The problem that keeps a Job from ending. A Job that is being ended at its deadline reports that before its pods are
 * gone.
 */
function activeProblem(observed: ObservedJob): Problem | undefined {
  const ending = isTrue(observed.job, 'FailureTarget');
  return ending?.reason === 'DeadlineExceeded'
    ? deadlineProblem(observed, ending.message)
    : problemOf(observed);
}

/**
 * The end of a run whose newest pod does not end as its runner did: the runner's end counts. A Job that fails
 * nevertheless, for example at its deadline, does not change the result of a runner that succeeded.
 */
function endByRunner(
  observed: ObservedJob,
  hasFailed: boolean,
): Pick<Run, 'state' | 'problem' | 'finishedAt'> | undefined {
  const newest = [...observed.pods].sort(byCreation).at(-1);
  const end = newest && (hasFailed ? terminatedOf(newest) : outlivedEnd(newest));
  if (!newest || !end || (hasFailed && end.exitCode !== 0)) return undefined;
  // The node's clock may be behind, and no run ends before it started.
  const [finishedAt] = [observed.job.status?.startTime, end.finishedAt]
    .filter((time) => time !== undefined)
    .sort((a, b) => Date.parse(b) - Date.parse(a));
  const problem = podProblem(newest, []);
  if (!problem) return { state: 'succeeded', ...atTime(finishedAt) };
  const retry = isPermanent(problem.reason)
    ? ''
    : `; not retried in this run, because its pod still runs: ${othersIn(newest).join(', ')}`;
  return {
    state: 'failed',
    problem: { ...problem, message: `${problem.message}${retry}` },
    ...atTime(finishedAt),
  };
}

const atTime = (time: string | undefined) => (time === undefined ? {} : { finishedAt: time });
