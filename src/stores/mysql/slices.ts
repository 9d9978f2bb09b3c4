import { inSteps } from '../pace.ts';
import { nothing, sum, type Tally } from '../tables/tally.ts';
import { rounded, sizeRange } from './batches.ts';
import type { Value } from './connection.ts';
import { both, nothingRemoved, type Removed } from './deletion.ts';
import { cleanupStatements } from './statements.ts';
import { stepping, type Task } from './task.ts';

/** Where a pass over the table is. */
export interface Sweep extends Removed {
  /** Of the rows that were seen, after the deletion. */
  readonly tally: Tally;
  /** The last key that was seen. */
  readonly from?: Value;
  readonly complete: boolean;
}

interface Seen {
  readonly rows: number;
  readonly overdue: string | null;
  readonly unreadable: string | null;
  readonly last: Value;
  readonly oldest: string | null;
}

/** Of a slice, in one transaction. */
interface Slice extends Removed {
  readonly rows: number;
  /** The last key of the slice. */
  readonly last: Value;
  /** What is left of it. */
  readonly left: Tally;
}

/**
 * Goes once over the table in order of its key, deletes what is stale and counts what is left. Needs no index. What cannot
 * be deleted, and what somebody holds, is passed over.
 */
export async function sweep(
  task: Task,
  { from: start, deletes }: { readonly from?: Value | undefined; readonly deletes: boolean },
): Promise<Sweep> {
  let [removed, tally, from]: [Removed, Tally, Value | undefined] = [nothingRemoved, nothing, start];
  const step = async (wanted: number): Promise<boolean> => {
    const size = rounded(wanted);
    const slice = deletes
      ? await task.connection.transaction(() => cleanSlice(task, from, size))
      : await look(task, from, size);
    removed = both(removed, slice);
    tally = sum(tally, slice.left);
    if (slice.rows === size) from = slice.last;
    return slice.rows !== size;
  };
  const complete = await inSteps(step, stepping(task, sizeRange));
  return { ...removed, tally, complete, ...(from !== undefined && { from }) };
}

const bounds = (from: Value | undefined): readonly Value[] => (from === undefined ? [] : [from]);

async function look(
  { connection, ground, cutoff }: Task,
  from: Value | undefined,
  size: number,
): Promise<Slice> {
  const text = cleanupStatements(ground).look(from, size);
  const [seen] = await connection.query<Seen>(text, [cutoff, ...bounds(from)]);
  if (!seen) throw new Error('Expected one row of counts, got none');
  const rows = Number(seen.rows);
  const left: Tally = {
    ...{ ...nothing, rows, overdue: Number(seen.overdue ?? 0), unreadable: Number(seen.unreadable ?? 0) },
    oldest: seen.oldest === null ? nothing.oldest : Number(seen.oldest),
  };
  return { ...nothingRemoved, rows, last: seen.last, left };
}

async function cleanSlice(task: Task, from: Value | undefined, size: number): Promise<Slice> {
  const { deletion, ground, cutoff } = task;
  const found = await look(task, from, size);
  const { overdue } = found.left;
  if (overdue === 0) return found;
  const { deleteSlice, lockSlice } = cleanupStatements(ground);
  const values = [cutoff, found.last, ...bounds(from)];
  const removed = await deletion.ofRange({ remove: deleteSlice(from), lock: lockSlice(from), values });
  const rest = found.rows - removed.deleted;
  const left =
    removed.deleted === overdue
      ? { ...found.left, rows: rest, overdue: 0, oldest: nothing.oldest }
      : // Counted again only where something stale may be.
        (await look(task, from, Math.max(rest, 1))).left;
  return { ...found, ...removed, left };
}
