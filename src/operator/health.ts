import type { Cluster } from '../kube/cluster.ts';
import type { LeaderElection } from './leader.ts';
import type { WorkQueue } from './work-queue.ts';

/** How long things may take before the operator is not well. */
export interface HealthBounds {
  readonly reconcileMs: number;
  readonly watchSilenceMs: number;
  readonly tickMs: number;
}

export const defaultBounds: HealthBounds = { reconcileMs: 120_000, watchSilenceMs: 150_000, tickMs: 10_000 };

export interface HealthSubjects {
  readonly cluster: Cluster;
  readonly queue: WorkQueue;
  readonly leader?: LeaderElection;
}

/** Whether the loop lives, not merely the process. Each answer is undefined where all is well, else a sentence. */
export class Health implements Disposable {
  readonly #subjects: HealthSubjects;
  readonly #bounds: HealthBounds;
  readonly #timer: NodeJS.Timeout;
  #ticked = performance.now();

  constructor(subjects: HealthSubjects, bounds: HealthBounds = defaultBounds) {
    this.#subjects = subjects;
    this.#bounds = bounds;
    this.#timer = setInterval(() => {
      this.#ticked = performance.now();
    }, 1000);
    this.#timer.unref();
  }

  /** /healthz: what a restart would mend. */
  liveness(now = performance.now()): string | undefined {
    const { queue, leader } = this.#subjects;
    const { reconcileMs, tickMs } = this.#bounds;
    if (now - this.#ticked > tickMs)
      return `the event loop was blocked for ${Math.round(now - this.#ticked)} ms`;
    if (queue.longestRunMs(now) > reconcileMs)
      return `a reconcile has been running for more than ${reconcileMs} ms`;
    return leader?.isHealthy(now) === false ? 'the leader’s lease has expired' : undefined;
  }

  /** /readyz: whether what is decided rests on fresh news. */
  readiness(now = performance.now()): string | undefined {
    const { cluster } = this.#subjects;
    const { watchSilenceMs } = this.#bounds;
    const unsynced = cluster.watches.find((watch) => !watch.isSynced);
    if (unsynced) return `${unsynced.path} has not been listed yet`;
    const silent = cluster.watches.find(({ lastHeard }) => now - lastHeard > watchSilenceMs);
    return silent
      ? `no event or bookmark arrived for ${silent.path} for more than ${watchSilenceMs} ms`
      : this.liveness(now);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
