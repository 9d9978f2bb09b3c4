import type { ContainerStatus, Pod } from '../api/kubernetes.ts';
import { permanentExitCodes, permanentReasons } from '../api/reasons.ts';
import { parseResult } from '../api/runner-result.ts';
import type { Problem } from './problem.ts';

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

export const runnerOf = (pod: Pod): ContainerStatus | undefined =>
  pod.status?.containerStatuses?.find((container) => container.name === 'runner');

export const terminatedOf = (pod: Pod): Terminated | undefined => runnerOf(pod)?.state?.terminated;

/** True if no container of the pod runs or will run. */
export const hasEnded = (pod: Pod): boolean =>
  terminatedOf(pod) !== undefined || pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded';

const sentence = (...parts: readonly (string | undefined)[]): string => parts.filter(Boolean).join(': ');

/** The node's reasons for a pod that it ended, by their meaning; any other reason is one for not accepting the pod. */
const nodeReasons: Readonly<Record<string, Problem['reason']>> = {
  Evicted: 'Evicted',
  DeadlineExceeded: 'DeadlineExceeded',
  Terminated: 'Disrupted', // a node that shuts down
  Shutdown: 'Disrupted',
  NodeLost: 'Disrupted',
  Preempting: 'Disrupted',
};

/** The node's explanation for a pod that it ended or did not accept. */
function nodeProblem({ status }: Pod): Problem | undefined {
  if (status?.phase !== 'Failed' || !status.reason) return undefined;
  const reason = nodeReasons[status.reason] ?? (status.containerStatuses ? 'Disrupted' : 'PodNotStarting');
  return { reason, message: sentence(status.reason, status.message ?? 'the node gives no reason') };
}

/** The explanation of Kubernetes for a pod that was removed for another pod, an eviction or a lost node. */
function disruption({ status }: Pod): Problem | undefined {
  const found = status?.conditions?.find(
    ({ type, status: value }) => type === 'DisruptionTarget' && value === 'True',
  );
  return (
    found && {
      reason: 'Disrupted',
      message: sentence(found.reason, found.message) || 'the pod was disrupted',
    }
  );
}

/** Reasons of the container runtime if it could not start the program. */
const notStarted = new Set(['StartError', 'ContainerCannotRun']);

/** Signals by which a program ends itself. */
const signals: Readonly<Record<number, string>> = { 4: 'SIGILL', 6: 'SIGABRT', 7: 'SIGBUS', 11: 'SIGSEGV' };

function killed({ metadata }: Pod): Problem {
  return {
    reason: 'Killed',
    message: metadata.deletionTimestamp
      ? 'the pod was deleted, and the runner was killed (SIGKILL) because it had not ended within its grace period'
      : 'the runner was killed (SIGKILL); the node gives no reason and reports no lack of memory: see its kernel log',
  };
}

/** The meaning of a container's exit code if neither the runner nor the node left a message. */
function exitProblem(pod: Pod, { exitCode, reason, message }: Terminated): Problem {
  const permanent = permanentReasons.find((name) => permanentExitCodes[name] === exitCode);
  if (permanent)
    return { reason: permanent, message: `the runner ended with exit code ${exitCode} and left no message` };
  if (notStarted.has(reason ?? '') || (exitCode >= 126 && exitCode <= 128))
    return { reason: 'PodNotStarting', message: sentence(reason, message ?? `exit code ${exitCode}`) };
  if (reason === 'ContainerStatusUnknown')
    return { reason: 'ResultMissing', message: sentence(reason, message) };
  if (exitCode === 137) return killed(pod);
  if (exitCode === 143)
    return {
      reason: 'Interrupted',
      message: 'the runner was told to stop (SIGTERM) before it had begun its work',
    };
  const how = signals[exitCode - 128] ?? reason ?? 'no reason';
  return {
    reason: 'ResultMissing',
    message: `the runner ended with exit code ${exitCode} (${how}) and left no result: see its log`,
  };
}

/** A failed container that admission added before the runner: the runner is never started. */
function initProblem({ status }: Pod): Problem | undefined {
  const failed = status?.initContainerStatuses?.find(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0);
  const { exitCode, reason = 'no reason' } = failed?.state?.terminated ?? {};
  return (
    failed && {
      reason: 'PodNotStarting',
      message:
        `container ${failed.name}, which another component added before the runner, ended with exit ` +
        `code ${exitCode} (${reason}): see its log, or keep that component from changing the pod`,
    }
  );
}

const outOfMemory: Problem = {
  reason: 'OutOfMemory',
  message:
    'the runner was killed because it used more memory than its limit: raise pod.resources.limits.memory',
};

/**
 * The reason why a pod did not end well. The runner's own message takes precedence, unless it only says that the runner
 * was told to stop: the pod shows by whom.
 */
export function endProblem(pod: Pod): Problem | undefined {
  const terminated = terminatedOf(pod);
  const said = parseResult(terminated?.message)?.failure;
  if (terminated?.exitCode === 0 || (said && said.reason !== 'Interrupted')) return said;
  if (terminated?.reason === 'OOMKilled') return outOfMemory;
  return (
    nodeProblem(pod) ??
    disruption(pod) ??
    said ??
    (terminated ? exitProblem(pod, terminated) : initProblem(pod))
  );
}
