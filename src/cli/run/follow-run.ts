import type { Pod } from '../../api/kubernetes.ts';
import type { Progress } from '../../api/progress.ts';
import type { ApiServer } from '../../kube/api-server.ts';
import { allOf } from '../../kube/list.ts';
import { podsPath } from '../../kube/paths.ts';
import type { ObservedJob } from '../../state/observed.ts';
import { followProgress } from './follow-log.ts';
import { type RunView, runView } from './run-view.ts';
import type { RunWatch } from './run-watch.ts';

/** A Job that is followed, and who wants to know. */
export interface FollowOptions {
  readonly namespace: string;
  readonly jobName: string;
  readonly onView: (view: RunView) => void;
  readonly onProgress: (progress: Progress) => void;
  /** Ends the following; the run goes on. */
  readonly signal: AbortSignal;
}

/**
 * The Job with its pods as they are now: the watch of pods may be behind the end of their Job, which has no results
 * then. Pods that are deleted already stay as they were last seen.
 */
async function withPods(server: ApiServer, observed: ObservedJob): Promise<ObservedJob> {
  const { namespace, name } = observed.job.metadata;
  const pods = new Map(observed.pods.map((pod) => [pod.metadata.uid, pod]));
  const labelSelector = `batch.kubernetes.io/job-name=${name}`;
  for (const pod of await allOf<Pod>(server, podsPath(namespace), { labelSelector }))
    pods.set(pod.metadata.uid, pod);
  return { ...observed, pods: [...pods.values()] };
}

/** The log of the pod that runs now; that of the pod before it is closed. */
class CurrentLog {
  readonly #follow: (pod: string, signal: AbortSignal) => void;
  #pod: string | undefined;
  #stop = new AbortController();

  constructor(follow: (pod: string, signal: AbortSignal) => void) {
    this.#follow = follow;
  }

  set(pod: string | undefined): void {
    if (pod === this.#pod) return;
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#pod = pod;
    if (pod !== undefined) this.#follow(pod, this.#stop.signal);
  }
}

/**
 * Follows a run to its end, with the progress that its pods log. Returns its Job with the pods that hold its results;
 * undefined if the Job was deleted, or the signal fired before.
 */
export async function followRun(
  server: ApiServer,
  watch: RunWatch,
  { namespace, jobName, onView, onProgress, signal }: FollowOptions,
): Promise<ObservedJob | undefined> {
  const log = new CurrentLog((name, stopped) => {
    void followProgress(server, { namespace, name }, onProgress, AbortSignal.any([signal, stopped]));
  });
  const aborted = new Promise<void>((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  try {
    while (!signal.aborted) {
      const { changed } = watch;
      const observed = watch.observed(namespace, jobName);
      if (!observed) return undefined;
      const view = runView(observed);
      if (view.state === 'ended') return await withPods(server, observed);
      onView(view);
      log.set(view.state === 'running' ? view.pod : undefined);
      await Promise.race([changed, aborted]);
    }
    return undefined;
  } finally {
    log.set(undefined);
  }
}
