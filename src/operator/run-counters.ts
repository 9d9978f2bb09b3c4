import { Counter, type Registry } from 'prom-client';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import { type LastRun, runOutcomes } from '../api/status.ts';
import type { Cluster } from '../kube/cluster.ts';

const labelNames = ['namespace', 'name'];

/**
 * Finished runs and deleted sessions of each store. Counters, so that no run is lost between two scrapes; they begin at
 * 0, because Prometheus sees no increase in a series that begins with the first run.
 */
export class RunCounters {
  readonly #runs: Counter;
  readonly #deleted: Counter;
  readonly #counted = new Map<string, { readonly namespace: string; readonly name: string }>();

  constructor(registry: Registry, cluster: () => Cluster | undefined) {
    const registers = [registry];
    const followStores = () => this.#followStores(cluster());
    this.#runs = new Counter({
      name: 'sessionstore_cleanup_runs_total',
      help: 'Clean-up runs that finished',
      labelNames: [...labelNames, 'outcome'],
      registers,
      collect: followStores,
    });
    this.#deleted = new Counter({
      name: 'sessionstore_sessions_deleted_total',
      help: 'Sessions that clean-up deleted',
      labelNames,
      registers,
    });
  }

  count(store: SessionStoreResource, { outcome, deleted = 0 }: LastRun): void {
    this.#begin(store);
    const { namespace, name } = store.metadata;
    this.#runs.inc({ namespace, name, outcome });
    this.#deleted.inc({ namespace, name }, deleted);
  }

  #begin({ metadata: { namespace, name } }: SessionStoreResource): void {
    const key = `${namespace}/${name}`;
    if (this.#counted.has(key)) return;
    this.#counted.set(key, { namespace, name });
    for (const outcome of runOutcomes) this.#runs.inc({ namespace, name, outcome }, 0);
    this.#deleted.inc({ namespace, name }, 0);
  }

  /** Begins the counts of new stores, and removes those of deleted ones, so that memory stays bounded. */
  #followStores(cluster: Cluster | undefined): void {
    for (const store of cluster?.sessionStores.values() ?? []) this.#begin(store);
    for (const [key, labels] of this.#counted) {
      if (cluster?.sessionStores.get(key)) continue;
      for (const outcome of runOutcomes) this.#runs.remove({ ...labels, outcome });
      this.#deleted.remove(labels);
      this.#counted.delete(key);
    }
  }
}
