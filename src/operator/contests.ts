import { requestAnnotation } from '../api/group.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { Task } from '../state/labels.ts';

/** Limits for repeated writes to one object. */
interface Limits {
  /** Number of writes in a streak that are made without delay. */
  readonly burst: number;
  /** Writes further apart than this do not belong to one streak. */
  readonly quietMs: number;
  /** Delay of the first write that waits; it doubles up to `maxWaitMs`. */
  readonly waitMs: number;
  readonly maxWaitMs: number;
}

const ofChild: Limits = { burst: 5, quietMs: 60_000, waitMs: 10_000, maxWaitMs: 300_000 };
/** Retried sooner: while it waits, sessions may be deleted. */
const ofSuspension: Limits = { ...ofChild, maxWaitMs: 20_000 };
/** Status also changes without a contest, but rarely this often. */
const ofStatus: Limits = { burst: 20, quietMs: 2000, waitMs: 5000, maxWaitMs: 60_000 };

/** The object of a write. */
export interface Target {
  /** For example `CronJob shop-cleanup`. */
  readonly object: string;
  readonly limits: 'child' | 'suspension' | 'status';
  readonly task?: Task;
}

interface Streak {
  readonly target: Target;
  readonly count: number;
  readonly at: number;
  /** The last write and its reason. */
  readonly lastWrite: string;
  readonly deleted: boolean;
}

const limitsOf = ({ limits }: Target): Limits =>
  ({ child: ofChild, suspension: ofSuspension, status: ofStatus })[limits];

const keyOf = ({ object, limits }: Target): string => `${limits} ${object}`;

function waitOf({ target, count }: Streak): number {
  const { burst, waitMs, maxWaitMs } = limitsOf(target);
  return count < burst ? 0 : Math.min(waitMs * 2 ** Math.min(count - burst, 20), maxWaitMs);
}

const isOver = (streak: Streak, now: number): boolean =>
  now - streak.at > Math.max(limitsOf(streak.target).quietMs, 2 * waitOf(streak));

/** A new spec or a requested reconcile resets the counts. */
const resetKeyOf = ({ metadata }: SessionStoreResource): string =>
  [metadata.uid, metadata.generation, metadata.annotations?.[requestAnnotation]].join('\n');

/**
 * Counts the writes to each object for the same spec. Without a limit, a controller or a second operator that undoes each
 * write would cause hundreds a minute. Memory is bounded by the existing stores and their few children.
 */
export class Contests {
  readonly #byStore = new Map<string, { readonly resetKey: string; readonly streaks: Map<string, Streak> }>();

  /** Milliseconds until the write may be made; 0 if it may be made now. */
  waitMs(store: SessionStoreResource, target: Target, now: Date, isCreation = false): number {
    const streak = this.#streaksOf(store, now).get(keyOf(target));
    // The operator deleted it in order to create it again.
    if (!streak || (streak.deleted && isCreation)) return 0;
    return Math.max(streak.at + waitOf(streak) - now.getTime(), 0);
  }

  /** Counts a successful write. */
  recordWrite(store: SessionStoreResource, target: Target, now: Date, lastWrite: string): void {
    const streaks = this.#streaksOf(store, now);
    const before = streaks.get(keyOf(target));
    const deleted = lastWrite.startsWith('delete');
    const count = (before?.count ?? 0) + (before?.deleted ? 0 : 1);
    // A creation completes the deletion before it, which holds the reason.
    const reason = before?.deleted && !deleted ? before.lastWrite : lastWrite;
    streaks.set(keyOf(target), { target, count, at: now.getTime(), lastWrite: reason, deleted });
  }

  /** The ongoing contests over a store's children. */
  of(
    store: SessionStoreResource,
    now: Date,
  ): readonly { readonly target: Target; readonly message: string }[] {
    return [...this.#streaksOf(store, now).values()]
      .filter(({ target, count }) => target.task !== undefined && count >= limitsOf(target).burst)
      .map(({ target, count, lastWrite }) => ({
        target,
        message:
          `${target.object} was corrected ${count} times for the same spec, and changed again each ` +
          `time (last write: ${lastWrite}). A mutating controller or a second operator undoes the ` +
          'correction: metadata.managedFields of the object name the writer. The operator corrects the ' +
          'object less and less often until that ends.',
      }));
  }

  /** Time at which the next delayed write may be made. */
  retryAt(store: SessionStoreResource, now: Date): Date | undefined {
    const times = [...this.#streaksOf(store, now).values()].map((streak) => streak.at + waitOf(streak));
    const later = times.filter((time) => time > now.getTime());
    return later.length > 0 ? new Date(Math.min(...later)) : undefined;
  }

  /** Drops the counts of a deleted store. */
  forget(namespace: string, name: string): void {
    this.#byStore.delete(`${namespace}/${name}`);
  }

  #streaksOf(store: SessionStoreResource, now: Date): Map<string, Streak> {
    const key = `${store.metadata.namespace}/${store.metadata.name}`;
    const resetKey = resetKeyOf(store);
    const known = this.#byStore.get(key);
    const streaks = known?.resetKey === resetKey ? known.streaks : new Map<string, Streak>();
    for (const [object, streak] of streaks) if (isOver(streak, now.getTime())) streaks.delete(object);
    if (known?.streaks !== streaks) this.#byStore.set(key, { resetKey, streaks });
    return streaks;
  }
}
