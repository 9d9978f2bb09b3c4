import { inSteps } from '../pace.ts';
import type { Value } from './connection.ts';
import { both, nothingRemoved, type Removed } from './deletion.ts';
import { cleanupStatements, firstInstant } from './statements.ts';
import { stepping, type Task } from './task.ts';

/** Rows. */
const sizeRange = { first: 256, least: 8, most: 16_384 };

export type Drained = Removed & { readonly complete: boolean };

/** Where a walk through the index is. */
interface Position {
  /** Everything before this time has been seen. */
  readonly time: string;
  /** The last key that was seen of a time that more rows have than a batch may. */
  readonly key?: Value;
}

interface Walked extends Removed {
  /** Undefined at the end. */
  readonly next: Position | undefined;
}

/**
 * Deletes the stale rows in batches, oldest first, through the index on their time. What cannot be deleted, and what
 * somebody holds, is passed over: no row is looked at twice.
 */
export async function drain(task: Task): Promise<Drained> {
  let [removed, at]: [Removed, Position] = [nothingRemoved, { time: firstInstant }];

  const step = async (size: number): Promise<boolean> => {
    const walked = await walk(task, at, size);
    removed = both(removed, walked);
    at = walked.next ?? at;
    return walked.next === undefined;
  };
  const complete = await inSteps(step, stepping(task, sizeRange));
  return { ...removed, complete };
}

/** One step, in one transaction. */
function walk(task: Task, at: Position, size: number): Promise<Walked> {
  const { connection, deletion, ground, cutoff } = task;
  const { spanEnd, lockSpan, deleteSpan } = cleanupStatements(ground);
  return connection.transaction(async () => {
    if (at.key !== undefined) return walkMoment(task, at, size);
    const [next] = await connection.query<{ time: string }>(spanEnd, [at.time, cutoff, String(size)]);
    if (next?.time === at.time) return walkMoment(task, at, size);
    const rows = { remove: deleteSpan, lock: lockSpan, values: [at.time, next?.time ?? cutoff] };
    return { ...(await deletion.ofRange(rows)), next };
  });
}

/** More rows of one time than a batch may have are counted out by their keys. */
async function walkMoment(
  { connection, deletion, ground, cutoff }: Task,
  { time, key }: Position,
  size: number,
): Promise<Walked> {
  const { lockMoment, nextTime } = cleanupStatements(ground);
  const bounds = key === undefined ? [time] : [time, key];
  const keys = await deletion.lock(lockMoment(key), [...bounds, String(size)]);
  const removed = await deletion.ofKeys(keys);
  const last = keys.at(-1);
  if (last !== undefined && keys.length === size) return { ...removed, next: { time, key: last } };
  const [next] = await connection.query<{ time: string | null }>(nextTime, [time, cutoff]);
  return { ...removed, next: next?.time ? { time: next.time } : undefined };
}
