import type { Cluster } from '../kube/cluster.ts';
import type { LeaderElection } from './leader.ts';
import type { WorkQueue } from './work-queue.ts';

/** Time limits beyond which the operator is unhealthy. */
export interface HealthBounds {
  readonly reconcileMs: number;
  readonly watchSilenceMs: number;
  readonly tickMs: number;
}

const defaultBounds: HealthBounds = { reconcileMs: 120_000, watchSilenceMs: 150_000, tickMs: 10_000 };

export interface HealthSubjects {
  readonly cluster: Cluster;
  readonly queue: WorkQueue;
  readonly leader?: LeaderElection;
}

/** Checks that the loop works, not only the process. Each result is undefined if all is well, otherwise a message. */
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

  /** /healthz: problems that a restart would fix. */
  liveness(now = performance.now()): string | undefined {
    const { queue, leader } = this.#subjects;
    const { reconcileMs, tickMs } = this.#bounds;
    if (now - this.#ticked > tickMs)
      return `the event loop was blocked for ${Math.round(now - this.#ticked)} ms`;
    if (queue.longestRunMs(now) > reconcileMs)
      return `a reconcile has been running for more than ${reconcileMs} ms`;
    return leader?.isHealthy(now) === false ? 'the leader’s lease has expired' : undefined;
  }

  /** /readyz: whether decisions are based on recent data. */
  readiness(now = performance.now()): string | undefined {
    const { cluster } = this.#subjects;
    const { watchSilenceMs } = this.#bounds;
    const unsynced = cluster.watches.find((watch) => !watch.isSynced);
    if (unsynced) return `${unsynced.path} has not been listed yet`;
    const silent = cluster.watches.find(({ lastReceivedAt }) => now - lastReceivedAt > watchSilenceMs);
    return silent
      ? `no event or bookmark arrived for ${silent.path} for more than ${watchSilenceMs} ms`
      : this.liveness(now);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
