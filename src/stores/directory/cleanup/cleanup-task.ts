import type { FileCause, NamedPaths } from '../errors.ts';
import type { CheckedPaths } from '../store-paths.ts';
import type { Judgement, Look } from '../time/look.ts';

interface StoreTask extends Judgement {
  /** The store that was checked; it must not be replaced. */
  readonly checked: CheckedPaths;
  readonly paths: NamedPaths;
  /** The folder of the sessions, as the path through which files are reached. */
  readonly folder: string;
}

/** Files to check, and the folder that the stale ones are moved to. */
export interface TakeTask extends StoreTask {
  readonly kind: 'Take';
  readonly names: readonly string[];
  /** Absent in a dry run: stale files are counted and stay. */
  readonly batch?: string;
  /** An existing folder that serves as the batch where there is no room to make one. */
  readonly spare: string;
  /** Path for a test link to a file. */
  readonly probe: string;
}

/** A batch folder after its grace period. */
export interface SettleTask extends StoreTask {
  readonly kind: 'Settle';
  readonly batch: string;
  /** The files to settle; absent: all of the folder's, and the folder is removed as well. */
  readonly names?: readonly string[];
}

export type CleanupTask = TakeTask | SettleTask;

/** Files that a task checked and changed; numbers count sessions unless they say otherwise. */
export interface Counts {
  /** Live and in place. */
  readonly live: number;
  /** Stale and not deleted, in place or permanently in quarantine. */
  readonly stale: number;
  /** Stale and in the batch folder, the library's temporary files included. */
  readonly waiting: number;
  readonly deleted: number;
  /** Stale, and this user may not move or delete them. */
  readonly notPermitted: number;
  /** Stale, and the file system fails on them. */
  readonly ioError: number;
  /** In quarantine: folders that this user may not read, and live files that it may not put back. */
  readonly unsettled: number;
  /** Of unknown age: neither the file system nor the content tells. */
  readonly unreadable: number;
  /** Deleted temporary files of the library. */
  readonly leftovers: number;
  /** The time of the oldest stale session. */
  readonly oldestMs?: number;
}

/** The result of a task. */
export interface TaskResult extends Counts {
  /** The waiting files, where they are in the spare folder. */
  readonly inSpare?: readonly string[];
  /** How many of the waiting files are temporary ones of the library. */
  readonly waitingLeftovers?: number;
  /** Stale sessions without room to be moved. */
  readonly noRoom?: readonly string[];
}

export const zeroCounts: Required<Omit<Counts, 'oldestMs'>> = {
  live: 0,
  stale: 0,
  waiting: 0,
  deleted: 0,
  notPermitted: 0,
  ioError: 0,
  unsettled: 0,
  unreadable: 0,
  leftovers: 0,
};

/** The sum of both. */
export function plus(a: Counts, b: Partial<Counts>): Counts {
  const oldestMs = Math.min(a.oldestMs ?? Number.POSITIVE_INFINITY, b.oldestMs ?? Number.POSITIVE_INFINITY);
  const sum = (key: keyof typeof zeroCounts): number => a[key] + (b[key] ?? 0);
  return {
    live: sum('live'),
    stale: sum('stale'),
    waiting: sum('waiting'),
    deleted: sum('deleted'),
    notPermitted: sum('notPermitted'),
    ioError: sum('ioError'),
    unsettled: sum('unsettled'),
    unreadable: sum('unreadable'),
    leftovers: sum('leftovers'),
    ...(Number.isFinite(oldestMs) && { oldestMs }),
  };
}

/** Counts of a stale file that stays. */
export const staying = (cause: FileCause): Partial<Counts> => ({
  stale: 1,
  ...(cause === 'NotPermitted' ? { notPermitted: 1 } : { ioError: 1 }),
});

/** Counts a session that was found; plus() would make an object for each. */
export function addFound(sum: { live: number; unreadable: number; oldestMs: number }, look: Look): void {
  if (look.is === 'Stale') sum.oldestMs = Math.min(sum.oldestMs, look.timeMs);
  if (look.is === 'Live') sum.live++;
  if (look.is === 'Unreadable' || look.is === 'Failing') sum.unreadable++;
}
