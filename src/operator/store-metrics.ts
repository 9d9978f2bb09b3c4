import { Gauge, type Registry } from 'prom-client';
import { secondsOf as secondsIn } from '../api/duration.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { LastRun } from '../api/status.ts';
import type { Cluster } from '../kube/cluster.ts';
import { conditionOf } from '../state/condition.ts';
import { longestGapSeconds } from '../state/schedule.ts';

/** A gauge with at most one series for each store. */
interface StoreGauge {
  readonly name: string;
  readonly help: string;
  /** Undefined: no series. */
  readonly value: (store: SessionStoreResource) => number | undefined;
  /** More labels than namespace and name; those of which the value is known. */
  readonly labels?: Readonly<Record<string, (store: SessionStoreResource) => string | undefined>>;
}

const secondsOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Date.parse(text) / 1000;

const isReady = ({ status }: SessionStoreResource): boolean =>
  conditionOf(status, 'Ready')?.status === 'True';

const lastRunOf = ({ status }: SessionStoreResource): LastRun | undefined => status?.cleanup?.lastRun;

/** Number of sessions that a run could not delete; undefined if its figures are unknown, as of a run that failed. */
const undeletableIn = (run: LastRun | undefined): number | undefined =>
  run?.deleted === undefined || run.outcome === 'Failed'
    ? undefined
    : (run.undeletable ?? []).reduce((sum, { count }) => sum + count, 0);

function durationOf(run: LastRun | undefined): number | undefined {
  const [from, to] = [secondsOf(run?.startedAt), secondsOf(run?.finishedAt)];
  return from === undefined || to === undefined ? undefined : to - from;
}

/** When the schedule began to apply; undefined while no clean-up is scheduled, or while it deletes nothing. */
function scheduledSince(store: SessionStoreResource): number | undefined {
  const { spec, status } = store;
  const scheduled = conditionOf(status, 'CleanupScheduled');
  if (scheduled?.status !== 'True' || spec.cleanup?.dryRun || status?.cleanup?.lastRun?.dryRun)
    return undefined;
  const times = [scheduled.lastTransitionTime, status?.cleanup?.scheduleChangedAt];
  return Math.max(...times.map((time) => secondsOf(time) ?? 0));
}

/** The last success, or the beginning of a schedule that began later. */
function awaitedSince(store: SessionStoreResource): number | undefined {
  const scheduled = scheduledSince(store);
  const success = secondsOf(store.status?.cleanup?.lastSuccessTime) ?? 0;
  return scheduled === undefined ? undefined : Math.max(scheduled, success);
}

const intervalOf = (store: SessionStoreResource): number | undefined =>
  scheduledSince(store) === undefined ? undefined : longestGapSeconds(store.status?.cleanup?.schedule ?? '');

/** The time of the oldest stale session, and the age at which it should have been deleted. */
function staleSince({ status }: SessionStoreResource): number | undefined {
  const { effective, cleanup } = status ?? {};
  const age = effective?.['cleanup.expiredFor'] ?? effective?.['cleanup.unmodifiedFor'];
  const oldest = secondsOf(cleanup?.oldestStale);
  return oldest === undefined || age === undefined ? undefined : oldest + secondsIn(age.value);
}

const storeGauges: readonly StoreGauge[] = [
  {
    name: 'sessionstore_info',
    help: 'Always 1: the backend and the layout of the store, as labels',
    value: ({ status }) => (status?.store === undefined ? undefined : 1),
    labels: {
      backend: ({ status }) => status?.store?.split(':')[0],
      layout: ({ status }) => status?.effective?.['layout']?.value,
    },
  },
  {
    name: 'sessionstore_ready',
    help: 'Whether the store is Ready',
    value: (store) => (isReady(store) ? 1 : 0),
  },
  {
    name: 'sessionstore_not_ready',
    help: 'Always 1: the reason of a store that is not Ready, as a label',
    value: (store) => (isReady(store) ? undefined : 1),
    labels: { reason: ({ status }) => conditionOf(status, 'Ready')?.reason ?? 'Unknown' },
  },
  {
    name: 'sessionstore_last_run_deleted',
    help: 'Sessions that the last run deleted',
    value: (store) => lastRunOf(store)?.deleted,
  },
  {
    name: 'sessionstore_last_run_overdue',
    help: 'Stale sessions that the last run left',
    value: (store) => lastRunOf(store)?.overdue,
  },
  {
    name: 'sessionstore_remaining',
    help: 'Sessions left after the last run',
    value: (store) => lastRunOf(store)?.remaining,
  },
  {
    name: 'sessionstore_last_run_undeletable',
    help: 'Stale sessions that the last run could not delete',
    value: (store) => undeletableIn(lastRunOf(store)),
  },
  {
    name: 'sessionstore_last_run_duration_seconds',
    help: 'Time that the last run took',
    value: (store) => durationOf(lastRunOf(store)),
  },
  {
    name: 'sessionstore_cleanup_failures',
    help: 'Failed runs in a row',
    value: ({ status }) => status?.cleanup && (status.cleanup.failures ?? 0),
  },
  {
    name: 'sessionstore_cleanup_interval_seconds',
    help: 'Longest time between two scheduled runs; absent while none is scheduled, or for dry runs',
    value: intervalOf,
  },
  {
    name: 'sessionstore_cleanup_awaited_since_timestamp_seconds',
    help: 'End of the last successful run, or start of the schedule if later; absent if no clean-up is scheduled, and for dry runs',
    value: awaitedSince,
  },
  {
    name: 'sessionstore_last_success_timestamp_seconds',
    help: 'End of the last run that checked the whole store and deleted',
    value: ({ status }) => secondsOf(status?.cleanup?.lastSuccessTime),
  },
  {
    name: 'sessionstore_oldest_stale_due_timestamp_seconds',
    help: 'When the oldest stale session that the last run left should have been deleted; absent if it left none',
    value: staleSince,
  },
  {
    name: 'sessionstore_certificate_expires_timestamp_seconds',
    help: 'When the first certificate of server or client expires, as set-up found it',
    value: ({ status }) => secondsOf(status?.connection?.certificateExpires),
  },
];

/** Computed from the caches on demand, so that a deleted store leaves no series behind. */
export function registerStoreMetrics(registry: Registry, cluster: () => Cluster | undefined): void {
  for (const { name, help, value, labels = {} } of storeGauges)
    new Gauge({
      name,
      help,
      labelNames: ['namespace', 'name', ...Object.keys(labels)],
      registers: [registry],
      collect() {
        this.reset();
        for (const store of cluster()?.sessionStores.values() ?? []) {
          const current = value(store);
          if (current !== undefined) this.set({ ...labelsOf(store, labels) }, current);
        }
      },
    });
}

function labelsOf(
  store: SessionStoreResource,
  more: NonNullable<StoreGauge['labels']>,
): Readonly<Record<string, string>> {
  const { namespace, name } = store.metadata;
  const known = Object.entries(more).flatMap(([label, of]) => {
    const text = of(store);
    return text === undefined ? [] : [[label, text] as const];
  });
  return { namespace, name, ...Object.fromEntries(known) };
}
