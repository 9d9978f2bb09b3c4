import { requestAnnotation } from '../api/group.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { Task } from '../state/labels.ts';

/** Limits for repeated writes to one object. */
interface Rules {
  /** Number of writes in a row that are made without delay. */
  readonly free: number;
  /** Writes further apart than this do not count as a row. */
  readonly quietMs: number;
  /** Delay of the first write that waits; it doubles up to `maxWaitMs`. */
  readonly waitMs: number;
  readonly maxWaitMs: number;
}

const ofChild: Rules = { free: 5, quietMs: 60_000, waitMs: 10_000, maxWaitMs: 300_000 };
/** Retried sooner: while it waits, sessions may be deleted. */
const ofSuspension: Rules = { ...ofChild, maxWaitMs: 20_000 };
/** Status also changes without a contest, but rarely this often. */
const ofStatus: Rules = { free: 20, quietMs: 2000, waitMs: 5000, maxWaitMs: 60_000 };

/** The object of a write. */
export interface Target {
  /** For example `CronJob shop-cleanup`. */
  readonly object: string;
  readonly rules: 'child' | 'suspension' | 'status';
  readonly task?: Task;
}

interface Row {
  readonly target: Target;
  readonly count: number;
  readonly at: number;
  /** The last write and its reason. */
  readonly last: string;
  readonly deleted: boolean;
}

const rulesOf = ({ rules }: Target): Rules =>
  ({ child: ofChild, suspension: ofSuspension, status: ofStatus })[rules];

const keyOf = ({ object, rules }: Target): string => `${rules} ${object}`;

function waitOf({ target, count }: Row): number {
  const { free, waitMs, maxWaitMs } = rulesOf(target);
  return count < free ? 0 : Math.min(waitMs * 2 ** Math.min(count - free, 20), maxWaitMs);
}

const isOver = (row: Row, now: number): boolean =>
  now - row.at > Math.max(rulesOf(row.target).quietMs, 2 * waitOf(row));

/** A new spec or a requested reconcile resets the counts. */
const slateOf = ({ metadata }: SessionStoreResource): string =>
  [metadata.uid, metadata.generation, metadata.annotations?.[requestAnnotation]].join('\n');

/**
 * Counts the writes to each object for the same spec. Without a limit, a controller or a second operator that undoes each
 * write would cause hundreds a minute. Memory is bounded by the existing stores and their few children.
 */
export class Contests {
  readonly #byStore = new Map<string, { readonly slate: string; readonly rows: Map<string, Row> }>();

  /** Milliseconds until the write may be made; 0 if it may be made now. */
  waitMs(store: SessionStoreResource, target: Target, now: Date, isCreation = false): number {
    const row = this.#rowsOf(store, now).get(keyOf(target));
    // The operator deleted it in order to create it again.
    if (!row || (row.deleted && isCreation)) return 0;
    return Math.max(row.at + waitOf(row) - now.getTime(), 0);
  }

  /** Counts a successful write. */
  wrote(store: SessionStoreResource, target: Target, now: Date, last: string): void {
    const rows = this.#rowsOf(store, now);
    const before = rows.get(keyOf(target));
    const deleted = last.startsWith('delete');
    const count = (before?.count ?? 0) + (before?.deleted ? 0 : 1);
    // A creation completes the deletion before it, which holds the reason.
    const told = before?.deleted && !deleted ? before.last : last;
    rows.set(keyOf(target), { target, count, at: now.getTime(), last: told, deleted });
  }

  /** The ongoing contests over a store's children. */
  of(
    store: SessionStoreResource,
    now: Date,
  ): readonly { readonly target: Target; readonly message: string }[] {
    return [...this.#rowsOf(store, now).values()]
      .filter(({ target, count }) => target.task !== undefined && count >= rulesOf(target).free)
      .map(({ target, count, last }) => ({
        target,
        message:
          `${target.object} was corrected ${count} times for the same spec, and changed again each ` +
          `time (last write: ${last}). A mutating controller or a second operator undoes the ` +
          'correction: metadata.managedFields of the object name the writer. The operator corrects the ' +
          'object less and less often until that ends.',
      }));
  }

  /** Time at which the next delayed write may be made. */
  nextTry(store: SessionStoreResource, now: Date): Date | undefined {
    const times = [...this.#rowsOf(store, now).values()].map((row) => row.at + waitOf(row));
    const later = times.filter((time) => time > now.getTime());
    return later.length > 0 ? new Date(Math.min(...later)) : undefined;
  }

  /** Drops the counts of a deleted store. */
  forget(namespace: string, name: string): void {
    this.#byStore.delete(`${namespace}/${name}`);
  }

  #rowsOf(store: SessionStoreResource, now: Date): Map<string, Row> {
    const key = `${store.metadata.namespace}/${store.metadata.name}`;
    const slate = slateOf(store);
    const known = this.#byStore.get(key);
    const rows = known?.slate === slate ? known.rows : new Map<string, Row>();
    for (const [object, row] of rows) if (isOver(row, now.getTime())) rows.delete(object);
    if (known?.rows !== rows) this.#byStore.set(key, { slate, rows });
    return rows;
  }
}
