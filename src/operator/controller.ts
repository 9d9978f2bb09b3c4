import type { Logger } from 'pino';
import type { Cluster } from '../kube/cluster.ts';
import { verdictOn } from './error-policy.ts';
import type { Metrics } from './metrics.ts';
import { type ReconcileContext, reconcile, type StoreKey } from './reconcile.ts';
import type { WorkQueue } from './work-queue.ts';

export interface ControllerOptions {
  readonly cluster: Cluster;
  readonly queue: WorkQueue;
  readonly context: Omit<ReconcileContext, 'log'>;
  readonly concurrency: number;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** How often every store is looked at though nothing happened. */
  readonly resyncMs: number;
}

/** About ten seconds of the queue's back-off. */
const lastingFailures = 12;

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

  /** Works until the queue is closed, and what was begun is done. */
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

  async #work(): Promise<void> {
    const { queue } = this.#options;
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      try {
        await this.#reconcile(key);
      } finally {
        queue.done(key);
      }
    }
  }

  async #reconcile(key: string): Promise<void> {
    const { queue, context, metrics, log } = this.#options;
    const started = performance.now();
    metrics.reconciling();
    const ofStore = log.child({ store: key });
    try {
      const outcome = await reconcile(storeKeyOf(key), { ...context, log: ofStore });
      queue.forget(key);
      if (outcome.kind === 'after') queue.addAfter(key, outcome.ms);
      metrics.reconciled(
        outcome.kind === 'after' ? 'requeue_after' : 'success',
        (performance.now() - started) / 1000,
      );
    } catch (error) {
      const { label, retry, atLeastMs, isNews } = verdictOn(error);
      metrics.reconciled('error', (performance.now() - started) / 1000);
      const failures = retry ? queue.retry(key, atLeastMs) : 0;
      // A conflict that does not pass is none: an object that never finishes being deleted, say.
      if (isNews || failures >= lastingFailures)
        ofStore.error({ err: error, label, failures }, 'the reconcile failed');
      else ofStore.debug({ err: error, label }, 'the reconcile was overtaken');
      if (failures === lastingFailures) this.#tell(key, error);
    }
  }
  /** Status cannot tell of what keeps it from being written. */
  #tell(key: string, error: unknown): void {
    const { cluster, context } = this.#options;
    const store = cluster.sessionStores.get(key);
    const note = `no look at this store has come to its end for a while: ${error instanceof Error ? error.message : error}`;
    if (store) context.writer.emit(store, { type: 'Warning', reason: 'InternalError', action: 'Read', note });
  }
}
