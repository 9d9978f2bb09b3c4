import { inSteps } from '../pace.ts';
import type { Leaf } from './leaf.ts';
import { cleanupStatements } from './statements.ts';
import { localSettings, stepping, type Task } from './task.ts';

/** Rows. */
const batchSize = { first: 200, least: 10, most: 20_000 };

/** Through the index on time, whatever the statistics make the planner think. */
const byIndex = {
  ...localSettings,
  ...{ enable_indexscan: 'on', enable_tidscan: 'on', enable_seqscan: 'off', enable_bitmapscan: 'off' },
};

/**
 * A row found through the index costs about a page of the heap, read and written; a slice pays for its pages once,
 * however many rows go. So batches are for few rows. Once they have deleted one for every eighth page, going over the
 * whole heap costs little more than they have, and there may be many more.
 */
const manyIn = ({ pages }: Leaf): number => Math.max(1000, pages / 8);

/**
 * Deletes the stale rows of a leaf in batches, oldest first, through the index on its time. `many`: there are so many
 * that the rest is better swept.
 */
export async function drain(
  leaf: Leaf,
  task: Task,
): Promise<{ readonly deleted: number; readonly outcome: 'empty' | 'many' | 'stopped' }> {
  const { connection, layout, cutoff } = task;
  const { deleteBatch } = cleanupStatements(leaf, layout, cutoff);
  let [deleted, lowest] = [0, '-infinity'];
  const isMany = () => deleted > manyIn(leaf);
  const finished = await inSteps(
    async (size) => {
      const { rows } = await connection.transaction(
        () =>
          connection.query<{ deleted: number; latest: string | null }>(deleteBatch, [
            cutoff.text,
            lowest,
            size,
          ]),
        byIndex,
      );
      const [batch] = rows;
      if (!batch?.deleted) return true;
      deleted += batch.deleted;
      lowest = batch.latest ?? lowest;
      return isMany();
    },
    stepping(task, batchSize),
  );
  if (!finished) return { deleted, outcome: 'stopped' };
  return { deleted, outcome: isMany() ? 'many' : 'empty' };
}
