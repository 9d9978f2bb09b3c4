import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import { type LastRun, runOutcomes } from '../api/status.ts';
import type { Cluster } from '../kube/cluster.ts';
import type { QueueObserver, WorkQueue } from './work-queue.ts';

const controller = 'sessionstore';
const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Number of sessions that a run could not delete; undefined if its figures are unknown. */
const undeletableIn = (run: LastRun | undefined): number | undefined =>
  run?.deleted === undefined ? undefined : (run.undeletable ?? []).reduce((sum, { count }) => sum + count, 0);

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
  readonly #runs: Counter;
  readonly #deleted: Counter;
  /** The stores with counted runs. */
  readonly #counted = new Map<string, { readonly namespace: string; readonly name: string }>();

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
    this.#errors = counter('controller_runtime_reconcile_errors_total', 'Reconciles that threw', [
      'controller',
    ]);
    this.#reconcileSeconds = histogram('controller_runtime_reconcile_time_seconds', 'Time of a reconcile', [
      'controller',
    ]);
    this.#requests = counter('rest_client_requests_total', 'Requests to the API server', ['code', 'method']);
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
    const forgetGone = () => this.#forgetGone(cluster());
    this.#runs = new Counter({
      name: 'sessionstore_cleanup_runs_total',
      help: 'Clean-up runs that finished',
      labelNames: ['namespace', 'name', 'outcome'],
      registers,
      collect: forgetGone,
    });
    this.#deleted = counter('sessionstore_sessions_deleted_total', 'Sessions that clean-up deleted', [
      'namespace',
      'name',
    ]);
    this.#ofWatches(cluster);
    this.#ofStores(cluster);
  }

  reconciling(): void {
    this.#workers.inc({ controller });
  }

  reconciled(result: ReconcileResult, time: number): void {
    this.#workers.dec({ controller });
    this.#reconciles.inc({ controller, result });
    if (result === 'error') this.#errors.inc({ controller });
    this.#reconcileSeconds.observe({ controller }, time);
  }

  answered({ method, code, seconds: time }: { method: string; code: number; seconds: number }): void {
    this.#requests.inc({ code, method });
    this.#requestSeconds.observe({ verb: method }, time);
  }

  leads(name: string, isLeader: boolean): void {
    this.#leader.set({ name }, isLeader ? 1 : 0);
  }

  /** Counts a finished clean-up run. Counters, so that no run is lost between two scrapes. */
  cleaned({ metadata: { namespace, name } }: SessionStoreResource, { outcome, deleted = 0 }: LastRun): void {
    this.#counted.set(`${namespace}/${name}`, { namespace, name });
    this.#runs.inc({ namespace, name, outcome });
    this.#deleted.inc({ namespace, name }, deleted);
  }

  /** Removes the counts of deleted stores, so that memory stays bounded. */
  #forgetGone(cluster: Cluster | undefined): void {
    for (const [key, labels] of this.#counted) {
      if (cluster?.sessionStores.get(key)) continue;
      for (const outcome of runOutcomes) this.#runs.remove({ ...labels, outcome });
      this.#deleted.remove(labels);
      this.#counted.delete(key);
    }
  }

  /** Receives the work queue's metrics. */
  queueObserver(): QueueObserver {
    const common = { labelNames: ['name'], registers: [this.registry] };
    const label = { name: controller };
    const depth = new Gauge({ name: 'workqueue_depth', help: 'Keys that wait', ...common });
    const adds = new Counter({ name: 'workqueue_adds_total', help: 'Keys added', ...common });
    const retries = new Counter({ name: 'workqueue_retries_total', help: 'Keys tried again', ...common });
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
  ofQueue(queue: Pick<WorkQueue, 'longestRunMs'>, concurrency: number): void {
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

  #ofWatches(cluster: () => Cluster | undefined): void {
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
    gauge(
      'sessionstore_watches_opened',
      'Number of watches that were opened',
      ({ counts }) => counts.watches,
    );
    gauge('sessionstore_lists_made', 'Number of full lists that were read', ({ counts }) => counts.lists);
    gauge(
      'sessionstore_watch_silence_seconds',
      'Time since the last event or bookmark',
      ({ lastHeard }) => (performance.now() - lastHeard) / 1000,
    );
  }

  /** Computed from the caches on demand, so that a deleted store leaves no series behind. */
  #ofStores(cluster: () => Cluster | undefined): void {
    const gauge = (name: string, help: string, value: (store: SessionStoreResource) => number | undefined) =>
      new Gauge({
        name,
        help,
        labelNames: ['namespace', 'name'],
        registers: [this.registry],
        collect() {
          this.reset();
          for (const store of cluster()?.sessionStores.values() ?? []) {
            const current = value(store);
            const { namespace, name: ofStore } = store.metadata;
            if (current !== undefined) this.set({ namespace, name: ofStore }, current);
          }
        },
      });
    const isReady = ({ status }: SessionStoreResource) =>
      status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ? 1 : 0;
    const time = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text) / 1000);
    gauge('sessionstore_ready', 'Whether the store is Ready', isReady);
    gauge(
      'sessionstore_last_run_deleted',
      'Sessions that the last run deleted',
      ({ status }) => status?.cleanup?.lastRun?.deleted,
    );
    gauge(
      'sessionstore_last_run_overdue',
      'Stale sessions that the last run left',
      ({ status }) => status?.cleanup?.lastRun?.overdue,
    );
    gauge(
      'sessionstore_remaining',
      'Sessions left after the last run',
      ({ status }) => status?.cleanup?.lastRun?.remaining,
    );
    gauge(
      'sessionstore_last_run_undeletable',
      'Stale sessions that the last run could not delete',
      ({ status }) => undeletableIn(status?.cleanup?.lastRun),
    );
    gauge(
      'sessionstore_last_success_timestamp_seconds',
      'End of the last run that checked the whole store and deleted',
      ({ status }) => time(status?.cleanup?.lastSuccessTime),
    );
    gauge(
      'sessionstore_certificate_expires_timestamp_seconds',
      'When the server’s certificate expires',
      ({ status }) => time(status?.connection?.certificateExpires),
    );
  }
}
