import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { LastRun } from '../api/status.ts';
import type { ResponseMetric } from '../kube/api-server.ts';
import type { Cluster } from '../kube/cluster.ts';
import { RunCounters } from './run-counters.ts';
import { registerStoreMetrics } from './store-metrics.ts';
import type { QueueObserver, WorkQueue } from './work-queue.ts';

const controller = 'sessionstore';
const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export type ReconcileResult = 'success' | 'error' | 'requeue_after';

/**
 * The metrics at /metrics: the loop under controller-runtime's names, so that existing dashboards fit, and the stores.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #reconciles: Counter;
  readonly #errors: Counter;
  readonly #reconcileSeconds: Histogram;
  readonly #requests: Counter;
  readonly #requestSeconds: Histogram;
  readonly #leader: Gauge;
  readonly #workers: Gauge;
  readonly #runs: RunCounters;

  constructor(cluster: () => Cluster | undefined) {
    const registers = [this.registry];
    // The default of 10 ms wakes an idle process a hundred times a second.
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: 100 });
    const counter = (name: string, help: string, labelNames: string[]) =>
      new Counter({ name, help, labelNames, registers });
    const histogram = (name: string, help: string, labelNames: string[]) =>
      new Histogram({ name, help, labelNames, buckets: seconds, registers });
    this.#reconciles = counter('controller_runtime_reconcile_total', 'Reconciles by result', [
      'controller',
      'result',
    ]);
    this.#errors = counter('controller_runtime_reconcile_errors_total', 'Reconciles that failed', [
      'controller',
    ]);
    this.#reconcileSeconds = histogram('controller_runtime_reconcile_time_seconds', 'Time of a reconcile', [
      'controller',
    ]);
    this.#requests = counter(
      'rest_client_requests_total',
      'Requests to the API server; code `<error>`: no response arrived',
      ['code', 'method'],
    );
    this.#requestSeconds = histogram(
      'rest_client_request_duration_seconds',
      'Time until the API server responded',
      ['verb'],
    );
    this.#leader = new Gauge({
      name: 'leader_election_master_status',
      help: 'Whether this replica is the leader',
      labelNames: ['name'],
      registers,
    });
    this.#workers = new Gauge({
      name: 'controller_runtime_active_workers',
      help: 'Reconciles that are running',
      labelNames: ['controller'],
      registers,
    });
    this.#runs = new RunCounters(this.registry, cluster);
    this.#registerWatches(cluster);
    registerStoreMetrics(this.registry, cluster);
  }

  reconcileStarted(): void {
    this.#workers.inc({ controller });
  }

  reconcileFinished(result: ReconcileResult, time: number): void {
    this.#workers.dec({ controller });
    this.#reconciles.inc({ controller, result });
    if (result === 'error') this.#errors.inc({ controller });
    this.#reconcileSeconds.observe({ controller }, time);
  }

  observeResponse({ method, code, seconds: time }: ResponseMetric): void {
    this.#requests.inc({ code, method });
    if (code !== '<error>') this.#requestSeconds.observe({ verb: method }, time);
  }

  setLeader(name: string, isLeader: boolean): void {
    this.#leader.set({ name }, isLeader ? 1 : 0);
  }

  /** Counts a finished clean-up run. */
  countRun(store: SessionStoreResource, run: LastRun): void {
    this.#runs.count(store, run);
  }

  /** Receives the work queue's metrics. */
  queueObserver(): QueueObserver {
    const common = { labelNames: ['name'], registers: [this.registry] };
    const label = { name: controller };
    const depth = new Gauge({ name: 'workqueue_depth', help: 'Keys that wait', ...common });
    const adds = new Counter({ name: 'workqueue_adds_total', help: 'Keys added', ...common });
    const retries = new Counter({
      name: 'workqueue_retries_total',
      help: 'Keys queued again after a failure',
      ...common,
    });
    const waited = new Histogram({
      name: 'workqueue_queue_duration_seconds',
      help: 'Time that a key waits in the queue',
      buckets: seconds,
      ...common,
    });
    const worked = new Histogram({
      name: 'workqueue_work_duration_seconds',
      help: 'Time that reconciling a key takes',
      buckets: seconds,
      ...common,
    });
    return {
      onAdd: (size) => {
        depth.set(label, size);
        adds.inc(label);
      },
      onStart: (time, size) => {
        depth.set(label, size);
        waited.observe(label, time);
      },
      onDone: (time) => worked.observe(label, time),
      onRetry: () => retries.inc(label),
    };
  }

  /** Values that the queue computes on demand. */
  registerQueue(queue: Pick<WorkQueue, 'longestRunMs'>, concurrency: number): void {
    const registers = [this.registry];
    const longest = () => queue.longestRunMs() / 1000;
    new Gauge({
      name: 'workqueue_longest_running_processor_seconds',
      help: 'Time since the start of the longest running reconcile',
      labelNames: ['name'],
      registers,
      collect() {
        this.set({ name: controller }, longest());
      },
    });
    new Gauge({
      name: 'controller_runtime_max_concurrent_reconciles',
      help: 'Reconciles that may run at the same time',
      labelNames: ['controller'],
      registers,
    }).set({ controller }, concurrency);
  }

  #registerWatches(cluster: () => Cluster | undefined): void {
    const common = { labelNames: ['path'], registers: [this.registry] };
    const each = (gauge: Gauge, value: (watch: Cluster['watches'][number]) => number) => {
      for (const watch of cluster()?.watches ?? []) gauge.set({ path: watch.path }, value(watch));
    };
    const gauge = (name: string, help: string, value: (watch: Cluster['watches'][number]) => number) =>
      new Gauge({
        name,
        help,
        ...common,
        collect() {
          each(this, value);
        },
      });
    gauge('sessionstore_watch_synced', 'Whether the objects of this path have been listed', ({ isSynced }) =>
      isSynced ? 1 : 0,
    );
    gauge(
      'sessionstore_watches_opened',
      'Number of watches that were opened',
      ({ counts }) => counts.watches,
    );
    gauge('sessionstore_lists_made', 'Number of full lists that were read', ({ counts }) => counts.lists);
    gauge(
      'sessionstore_watch_silence_seconds',
      'Time since the last event or bookmark',
      ({ lastReceivedAt }) => (performance.now() - lastReceivedAt) / 1000,
    );
  }
}
