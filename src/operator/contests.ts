import { requestAnnotation } from '../api/group.ts';
import type { SessionStoreResource } from '../api/session-store.ts';

/** When writing the same object again and again is a fight with somebody, and how it is fought. */
interface Rules {
  /** So many writes in a row are made at once. */
  readonly free: number;
  /** Writes further apart than this are none in a row. */
  readonly quietMs: number;
  /** From the first one that waits, twice as long each time, to at most this. */
  readonly waitMs: number;
  readonly maxWaitMs: number;
}

const ofChild: Rules = { free: 5, quietMs: 60_000, waitMs: 10_000, maxWaitMs: 300_000 };
/** Sessions may be deleted meanwhile. */
const ofSuspension: Rules = { ...ofChild, maxWaitMs: 20_000 };
/** Status has news of its own, and seldom so fast. */
const ofStatus: Rules = { free: 20, quietMs: 2000, waitMs: 5000, maxWaitMs: 60_000 };

/** What is written to. */
export interface Target {
  /** `CronJob shop-cleanup`, say. */
  readonly object: string;
  readonly rules: 'child' | 'suspension' | 'status';
  readonly task?: 'setup' | 'cleanup';
}

interface Row {
  readonly target: Target;
  readonly count: number;
  readonly at: number;
  /** What was done last, and why. */
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

/** Another spec, and a request of somebody's, are no fight: they begin with a clean slate. */
const slateOf = ({ metadata }: SessionStoreResource): string =>
  [metadata.uid, metadata.generation, metadata.annotations?.[requestAnnotation]].join('\n');

/**
 * Remembers how often each object was written to for the same spec: somebody who undoes each write, a controller or a
 * second operator, would have it done hundreds of times a minute. Bounded: stores that are there, and their few children.
 */
export class Contests {
  readonly #byStore = new Map<string, { readonly slate: string; readonly rows: Map<string, Row> }>();

  /** How long the write has to wait: 0 where it may be made. */
  waitMs(store: SessionStoreResource, target: Target, now: Date, isCreation = false): number {
    const row = this.#rowsOf(store, now).get(keyOf(target));
    // What was deleted to be made again is made again.
    if (!row || (row.deleted && isCreation)) return 0;
    return Math.max(row.at + waitOf(row) - now.getTime(), 0);
  }

  /** Counts a write that was made. */
  wrote(store: SessionStoreResource, target: Target, now: Date, last: string): void {
    const rows = this.#rowsOf(store, now);
    const before = rows.get(keyOf(target));
    const deleted = last.startsWith('delete');
    const count = (before?.count ?? 0) + (before?.deleted ? 0 : 1);
    rows.set(keyOf(target), { target, count, at: now.getTime(), last, deleted });
  }

  /** The fights over a store's children that go on. */
  of(
    store: SessionStoreResource,
    now: Date,
  ): readonly { readonly target: Target; readonly message: string }[] {
    return [...this.#rowsOf(store, now).values()]
      .filter(({ target, count }) => target.task !== undefined && count >= rulesOf(target).free)
      .map(({ target, count, last }) => ({
        target,
        message:
          `${target.object} was put right ${count} times for the same spec, and each time somebody changed it again ` +
          `(the last write: ${last}). A controller, or a second operator, works against this one: its metadata.managedFields ` +
          'name who. The object is put right less and less often until that ends.',
      }));
  }

  /** When the next write that waits may be made. */
  nextTry(store: SessionStoreResource, now: Date): Date | undefined {
    const times = [...this.#rowsOf(store, now).values()].map((row) => row.at + waitOf(row));
    const later = times.filter((time) => time > now.getTime());
    return later.length > 0 ? new Date(Math.min(...later)) : undefined;
  }

  /** Forgets a store that is gone. */
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
