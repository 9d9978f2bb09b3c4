/** Files to look at, and the folder that the stale ones go to. */
export interface TakeTask {
  readonly kind: 'Take';
  readonly folder: string;
  readonly names: readonly string[];
  /** Milliseconds since the epoch: what was changed after it is alive. */
  readonly cutoff: number;
  /** Absent in a dry run: stale files are counted and stay. */
  readonly batch?: string;
  /** A path to link a file to, to see whether it can be. */
  readonly probe: string;
}

/** A batch folder whose grace is over. */
export interface SettleTask {
  readonly kind: 'Settle';
  readonly folder: string;
  readonly cutoff: number;
  readonly batch: string;
}

export type Task = TakeTask | SettleTask;

/** What a task saw and did; every number counts files. */
export interface Counts {
  /** Alive and in their place. */
  readonly live: number;
  /** Stale and in their place. */
  readonly stale: number;
  /** Stale and in the batch folder. */
  readonly waiting: number;
  readonly deleted: number;
  /** The mtime of the oldest that was stale. */
  readonly oldestMs?: number;
}

export const nothing: Counts = { live: 0, stale: 0, waiting: 0, deleted: 0 };

/** The sum of both. */
export function plus(a: Counts, b: Counts): Counts {
  const oldestMs = Math.min(a.oldestMs ?? Number.POSITIVE_INFINITY, b.oldestMs ?? Number.POSITIVE_INFINITY);
  return {
    live: a.live + b.live,
    stale: a.stale + b.stale,
    waiting: a.waiting + b.waiting,
    deleted: a.deleted + b.deleted,
    ...(Number.isFinite(oldestMs) && { oldestMs }),
  };
}
