import { inSteps } from '../pace.ts';
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
 * rest is better swept.
 */
export async function drain(
  task: Task,
): Promise<{ readonly deleted: number; readonly outcome: 'empty' | 'many' | 'stopped' }> {
  const { lockBatch } = cleanupStatements(task.ground);
  let [total, lowest] = [0, firstInstant];
  const isMany = () => total > manyOf(task.ground.rowEstimate);
  const finished = await inSteps(
    async (size) => {
      const { deleted, locked } = await deleteLocked(task, lockBatch(rounded(size)), [task.cutoff, lowest]);
      total += deleted;
      lowest = locked.at(-1)?.time ?? lowest;
      return locked.length < rounded(size) || isMany();
    },
    stepping(task, sizeRange),
  );
  if (!finished) return { deleted: total, outcome: 'stopped' };
  return { deleted: total, outcome: isMany() ? 'many' : 'empty' };
}
