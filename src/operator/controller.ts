import type { Logger } from 'pino';
import { BackOff } from '../kube/back-off.ts';
import type { Cluster } from '../kube/cluster.ts';
import { classify, lastingFailures } from './error-policy.ts';
import type { Metrics } from './metrics.ts';
import { type ReconcileContext, reconcile, type StoreKey } from './reconcile.ts';
import type { WorkQueue } from './work-queue.ts';

export interface ControllerOptions {
  readonly cluster: Cluster;
  readonly queue: WorkQueue;
  readonly context: Omit<ReconcileContext, 'log' | 'failures'>;
  readonly concurrency: number;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Interval at which every store is reconciled without an event. */
  readonly resyncMs: number;
  /** How a worker rests while the API server cannot be reached. */
  readonly backOff?: () => Pick<BackOff, 'wait'>;
}

const unsyncedMs = 5000;

function storeKeyOf(key: string): StoreKey {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}

/** Workers that take keys and reconcile them. */
export class Controller {
  readonly #options: ControllerOptions;

  constructor(options: ControllerOptions) {
    this.#options = options;
  }

  /** Works until the queue is closed and every started reconcile has finished. */
  async run(): Promise<void> {
    const { concurrency, resyncMs } = this.#options;
    this.#enqueueAll();
    const resync = setInterval(() => this.#enqueueAll(), resyncMs);
    try {
      await Promise.all(Array.from({ length: concurrency }, () => this.#work()));
    } finally {
      clearInterval(resync);
    }
  }

  #enqueueAll(): void {
    const { cluster, queue } = this.#options;
    for (const { metadata } of cluster.sessionStores.values())
      queue.add(`${metadata.namespace}/${metadata.name}`);
  }

  /** A worker that finds no API server rests: with many stores the others would fail and be logged hundreds of times a second. */
  async #work(): Promise<void> {
    const { queue } = this.#options;
    const backOff = this.#options.backOff?.() ?? new BackOff();
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      let isUnreachable = false;
      try {
        isUnreachable = await this.#reconcile(key);
      } finally {
        queue.done(key);
      }
      if (isUnreachable) await backOff.wait(undefined, queue.closed);
    }
  }

  /** Returns true if the API server could not be reached. */
  async #reconcile(key: string): Promise<boolean> {
    const { queue, context, metrics, log, cluster } = this.#options;
    // Without a list of the Jobs, a decision would treat existing Jobs as missing.
    if (!cluster.isSyncedIn(storeKeyOf(key).namespace)) {
      queue.addAfter(key, unsyncedMs);
      return false;
    }
    const started = performance.now();
    metrics.reconcileStarted();
    const ofStore = log.child({ store: key });
    const seconds = () => (performance.now() - started) / 1000;
    try {
      const failures = queue.failures(key);
      const outcome = await reconcile(storeKeyOf(key), { ...context, log: ofStore, failures });
      // Status reports the error if it lasts.
      if (outcome.kind === 'retry') return this.#failed(key, outcome.error, seconds(), ofStore);
      queue.forget(key);
      if (outcome.kind === 'requeueAfter') queue.addAfter(key, outcome.ms);
      metrics.reconcileFinished(outcome.kind === 'requeueAfter' ? 'requeue_after' : 'success', seconds());
      return false;
    } catch (error) {
      const isUnreachable = this.#failed(key, error, seconds(), ofStore);
      if (queue.failures(key) === lastingFailures) this.#emitFailure(key, error);
      return isUnreachable;
    }
  }

  /** Returns true if the API server could not be reached. */
  #failed(key: string, error: unknown, seconds: number, log: Logger): boolean {
    const { queue, metrics } = this.#options;
    const { label, retry, atLeastMs, shouldLog, isUnreachable } = classify(error);
    metrics.reconcileFinished('error', seconds);
    const failures = retry ? queue.retry(key, atLeastMs) : 0;
    // A lasting conflict is an error, for example an object stuck in deletion.
    if (shouldLog || failures >= lastingFailures)
      log.error({ err: error, label, failures }, 'the reconcile failed');
    else log.debug({ err: error, label }, 'the reconcile was overtaken');
    return isUnreachable;
  }

  /** Reports an error in an event, because status cannot report the error that prevents writing it. */
  #emitFailure(key: string, error: unknown): void {
    const { cluster, context } = this.#options;
    const store = cluster.sessionStores.get(key);
    const note = `Reconciling this SessionStore has failed repeatedly: ${error instanceof Error ? error.message : error}`;
    if (store) context.writer.emit(store, { type: 'Warning', reason: 'InternalError', action: 'Read', note });
  }
}
