import { inSteps } from '../pace.ts';
import { hasNumber } from './errors.ts';
import { cleanupStatements, firstInstant } from './statements.ts';
import { deleteLocked, stepping, type Task } from './task.ts';

/** Rows, doubled and halved so that few statements are ever prepared. */
export const sizeRange = { first: 256, least: 8, most: 4096 };

/** A row found through the index costs a walk down the table's own: for an eighth of them a pass over all is cheaper. */
const manyOf = (rowEstimate: number): number => Math.max(1000, rowEstimate / 8);

/** The power of two that is not above. */
export const rounded = (size: number): number => 2 ** Math.floor(Math.log2(size));

/**
 * Deletes the stale rows in batches, oldest first, through the index on their time. `many`: there are so many that the
 * rest is better swept. Once it has waited in vain for a row that somebody holds, it goes round such rows, which takes
 * longer.
 */
export async function drain(
  task: Task,
): Promise<{ readonly deleted: number; readonly outcome: 'empty' | 'many' | 'stopped' }> {
  const { connection, cutoff, ground } = task;
  const { lockBatch, spanEnd, deleteSpan } = cleanupStatements(ground);
  let [total, lowest, waits] = [0, firstInstant, true];
  const isMany = () => total > manyOf(ground.rowEstimate);

  const goRound = async (size: number): Promise<boolean> => {
    const { deleted, locked } = await deleteLocked(task, lockBatch(size), [cutoff, lowest]);
    total += deleted;
    lowest = locked.at(-1)?.time ?? lowest;
    return locked.length < size;
  };
  const step = async (size: number): Promise<boolean> => {
    if (!waits) return goRound(size);
    const [next] = await connection.query<{ time: string }>(spanEnd(size), [lowest, cutoff]);
    // More of them in one second than a batch may have: those have to be counted out.
    if (next?.time === lowest) return goRound(size);
    const end = next?.time ?? cutoff;
    total += await connection.change(deleteSpan, [lowest, end]).catch((error: unknown) => {
      if (hasNumber(error, 1205)) waits = false;
      throw error;
    });
    lowest = end;
    return next === undefined;
  };
  const finished = await inSteps(
    async (size) => (await step(rounded(size))) || isMany(),
    stepping(task, sizeRange),
  );
  if (!finished) return { deleted: total, outcome: 'stopped' };
  return { deleted: total, outcome: isMany() ? 'many' : 'empty' };
}
