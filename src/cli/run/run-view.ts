import { type Run, runOf } from '../../state/job-run.ts';
import { exclusiveClaimAnnotation } from '../../state/labels.ts';
import type { ObservedJob } from '../../state/observed.ts';
import { runnerOf } from '../../state/pod-end.ts';
import { isSuspendedByOperator } from '../../state/suspended-by-operator.ts';

/** A run as a person follows it. */
export type RunView =
  /** `pod` is the one whose log has the progress. */
  | { readonly state: 'running'; readonly pod: string }
  | { readonly state: 'waiting'; readonly why: string }
  | { readonly state: 'ended'; readonly run: Run };

const suspendedBy = ({ job }: ObservedJob): string => {
  const claim = job.metadata.annotations?.[exclusiveClaimAnnotation];
  if (isSuspendedByOperator(job) && claim)
    return `until no other pod mounts claim ${claim}; the operator starts it then, and checks each half minute`;
  if (isSuspendedByOperator(job)) return 'because the operator suspended it with its store';
  return 'because another client suspended it, for example a queue such as Kueue';
};

/** Why a run whose container does not run does not, with Kubernetes' own words where it has some. */
function whyWaiting(observed: ObservedJob, { problem, isSuspended }: Run): string {
  if (isSuspended) return suspendedBy(observed);
  if (problem) return `${problem.reason}: ${problem.message}`;
  const [pod] = observed.pods;
  if (!pod) return 'for its pod to be made';
  if (observed.pods.some((one) => runnerOf(one)?.state?.terminated))
    return 'for Kubernetes to record its end';
  return pod.spec?.nodeName
    ? `for pod ${pod.metadata.name} to start`
    : `for a node for pod ${pod.metadata.name}`;
}

/** A run as its Job and pods show it. */
export function runView(observed: ObservedJob): RunView {
  const run = runOf(observed);
  if (run.state !== 'active') return { state: 'ended', run };
  const running = observed.pods.find(({ status }) =>
    status?.containerStatuses?.some(({ name, state }) => name === 'runner' && state?.running),
  );
  if (run.running && running) return { state: 'running', pod: running.metadata.name };
  return { state: 'waiting', why: whyWaiting(observed, run) };
}
