import { inSteps } from '../pace.ts';
import { nothing, sum, type Tally } from '../tables/tally.ts';
import { rounded, sizeRange } from './batches.ts';
import type { Value } from './connection.ts';
import { hasNumber } from './errors.ts';
import { cleanupStatements } from './statements.ts';
import { deleteLocked, stepping, type Task } from './task.ts';

/** Where a pass over the table is. */
export interface Sweep {
  readonly deleted: number;
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

/**
 * Goes once over the table in order of its key, deletes what is stale and counts what is left. Needs no index. Once it
 * has waited in vain for a row that somebody holds, it goes round such rows, which takes longer.
 */
export async function sweep(
  task: Task,
  { from: start, deletes }: { readonly from?: Value | undefined; readonly deletes: boolean },
): Promise<Sweep> {
  const { connection, ground, cutoff } = task;
  const statements = cleanupStatements(ground);
  let [deleted, tally, from, waits] = [0, nothing, start, true];
  const bounds = () => (from === undefined ? [] : [from]);

  const look = async (size: number): Promise<Tally & { readonly last: Value }> => {
    const [seen] = await connection.query<Seen>(statements.look(from, size), [cutoff, ...bounds()]);
    if (!seen) throw new Error('Expected one row of counts, got none');
    return {
      ...{ ...nothing, last: seen.last, rows: Number(seen.rows), overdue: Number(seen.overdue ?? 0) },
      unreadable: Number(seen.unreadable ?? 0),
      oldest: seen.oldest === null ? nothing.oldest : Number(seen.oldest),
    };
  };
  const deleteUpTo = async (last: Value): Promise<number> => {
    const values = [cutoff, last, ...bounds()];
    if (!waits) return (await deleteLocked(task, statements.lockSlice(from), values)).deleted;
    return connection.change(statements.deleteSlice(from), values).catch((error: unknown) => {
      if (hasNumber(error, 1205)) waits = false;
      throw error;
    });
  };
  const step = async (wanted: number): Promise<boolean> => {
    const size = rounded(wanted);
    const found = await look(size);
    let left: Tally = found;
    if (deletes && found.overdue > 0) {
      const gone = await deleteUpTo(found.last);
      deleted += gone;
      const rest = (found.rows ?? 0) - gone;
      // What is left of the slice is counted anew only where something stale may be.
      left =
        gone === found.overdue
          ? { ...found, rows: rest, overdue: 0, oldest: nothing.oldest }
          : await look(Math.max(rest, 1));
    }
    tally = sum(tally, left);
    if (found.rows === size) from = found.last;
    return found.rows !== size;
  };
  const complete = await inSteps(step, stepping(task, sizeRange));
  return { deleted, tally, complete, ...(from !== undefined && { from }) };
}
