import type { Whereabouts } from './errors.ts';
import type { Checked } from './store-identity.ts';

interface StoreTask {
  /** The store that was checked; it must still be that one. */
  readonly checked: Checked;
  /** What errors may name. */
  readonly places: Whereabouts;
  /** The folder with the sessions, by the path through which files are reached. */
  readonly folder: string;
  /** Milliseconds since the epoch: what was changed after it is alive. */
  readonly cutoff: number;
}

/** Files to look at, and the folder that the stale ones go to. */
export interface TakeTask extends StoreTask {
  readonly kind: 'Take';
  readonly names: readonly string[];
  /** Absent in a dry run: stale files are counted and stay. */
  readonly batch?: string;
  /** A folder that is there already, in the place of the batch where there is no room to make one. */
  readonly spare: string;
  /** A path to link a file to, to see whether it can be. */
  readonly probe: string;
}

/** A batch folder whose grace is over. */
export interface SettleTask extends StoreTask {
  readonly kind: 'Settle';
  readonly batch: string;
  /** The files in it; absent: all of them, and the folder goes as well. */
  readonly names?: readonly string[];
}

export type Task = TakeTask | SettleTask;

/** What a task saw and did; every number counts files. */
export interface Counts {
  /** Alive and in their place. */
  readonly live: number;
  /** Stale and not deleted, in their place or in quarantine for good. */
  readonly stale: number;
  /** Stale and in the batch folder. */
  readonly waiting: number;
  readonly deleted: number;
  /** Of what is stale: may not be moved or deleted by this user. */
  readonly notPermitted: number;
  /** Of what is stale: the file system fails on it. */
  readonly ioError: number;
  /** In quarantine: folders that this user may not read, and live files that it may not put back. */
  readonly unsettled: number;
  /** The file system does not say how old it is. */
  readonly unreadable: number;
  /** The mtime of the oldest that was stale. */
  readonly oldestMs?: number;
}

/** What a task came to. */
export interface Outcome extends Counts {
  /** The waiting files, where they lie in the spare folder. */
  readonly inSpare?: readonly string[];
  /** Stale files that there was no room to move. */
  readonly noRoom?: readonly string[];
}

export const nothing: Required<Omit<Counts, 'oldestMs'>> = {
  live: 0,
  stale: 0,
  waiting: 0,
  deleted: 0,
  notPermitted: 0,
  ioError: 0,
  unsettled: 0,
  unreadable: 0,
};

/** The sum of both. */
export function plus(a: Counts, b: Partial<Counts>): Counts {
  const oldestMs = Math.min(a.oldestMs ?? Number.POSITIVE_INFINITY, b.oldestMs ?? Number.POSITIVE_INFINITY);
  const sum = (key: keyof typeof nothing): number => a[key] + (b[key] ?? 0);
  return {
    live: sum('live'),
    stale: sum('stale'),
    waiting: sum('waiting'),
    deleted: sum('deleted'),
    notPermitted: sum('notPermitted'),
    ioError: sum('ioError'),
    unsettled: sum('unsettled'),
    unreadable: sum('unreadable'),
    ...(Number.isFinite(oldestMs) && { oldestMs }),
  };
}
