import type { CleanupReport } from '../../runner/result.ts';
import { paces } from '../pace.ts';
import type { CleanupOptions } from '../session-store.ts';
import { type Cleaned, countsOf, glanceMs, lockedNote, nothing, sum, type Tally } from '../tables/tally.ts';
import { drain } from './batches.ts';
import { checkTable } from './check.ts';
import type { PostgresContext } from './context.ts';
import { countByIndex } from './count.ts';
import { type Cutoff, instantOf, isNaive, readCutoff } from './cutoff.ts';
import { type Leaf, leavesOf } from './leaf.ts';
import { sweep } from './slices.ts';
import type { Task } from './task.ts';

/**
 * Deletes the sessions whose time is more than `ageSeconds` ago by the server's clock, in small transactions, and
 * counts what is left. Throws what checkTable() throws, before anything is deleted; LockTimeout where somebody holds
 * the table.
 */
export async function deleteOldSessions(
  context: PostgresContext,
  options: CleanupOptions,
): Promise<CleanupReport> {
  const { connection, layout, timeZone } = context;
  const { dryRun = false, pace = 'polite', signal } = options;
  const table = await checkTable(context, options);
  const naive = isNaive(table, layout.time.column);
  const cutoff = await readCutoff(connection, { ...options, naive, timeZone });
  const task: Task = { connection, layout, cutoff, pace: paces[pace], signal };

  let all: Cleaned = { deleted: 0, tally: nothing, complete: true };
  for (const leaf of await leavesOf(connection, table, layout.time.column)) {
    const one = await cleanLeaf(leaf, task, dryRun);
    all = {
      deleted: all.deleted + one.deleted,
      tally: sum(all.tally, one.tally),
      complete: all.complete && one.complete,
    };
  }
  const { tally, complete, deleted } = all;
  const oldestStale = await instantOf(connection, cutoff, tally.oldest);
  return {
    ...{ deleted, complete, dryRun },
    ...countsOf(tally),
    ...(oldestStale && { oldestStale }),
    ...(cutoff.timeZone && { timeZone: cutoff.timeZone }),
    connection: connection.report,
    notes: [...zoneNotes(cutoff), ...(!dryRun && complete && tally.overdue > 0 ? [lockedNote] : [])],
  };
}

const zoneNotes = ({ timeZone, otherZone }: Cutoff): readonly string[] =>
  timeZone && otherZone !== undefined
    ? [
        `the role’s time zone is ${timeZone.name} and was ${otherZone} at set-up: sessions go once they are too old in ` +
          'both. Run set-up again once none is left of before the change, or set layoutOptions.timeZone',
      ]
    : [];

/** In batches while few rows are stale and an index finds them, else in one pass over the heap. */
async function cleanLeaf(leaf: Leaf, task: Task, dryRun: boolean): Promise<Cleaned> {
  const drained = leaf.hasTimeIndex && !dryRun ? await drain(leaf, task) : undefined;
  if (drained && drained.outcome !== 'many') {
    const tally = await countByIndex(leaf, task, drained.deleted);
    return { deleted: drained.deleted, tally, complete: drained.outcome === 'empty' };
  }
  const swept = await sweep(leaf, task, { deletes: !dryRun });
  const deleted = (drained?.deleted ?? 0) + swept.deleted;
  if (swept.next >= leaf.pages) return { deleted, tally: swept.tally, complete: true };
  const rest = await glanceAt(leaf, task, swept.next);
  return { deleted, tally: sum(swept.tally, rest), complete: false };
}

/** Counts what a run that was stopped had not come to, for a second at most. */
async function glanceAt(leaf: Leaf, task: Task, from: number): Promise<Tally> {
  const hurried: Task = { ...task, pace: paces.full, signal: AbortSignal.timeout(glanceMs) };
  const { tally, next } = await sweep(leaf, hurried, { from, deletes: false });
  if (next >= leaf.pages) return tally;
  const unseen = leaf.rowEstimate && Math.round((leaf.rowEstimate * (leaf.pages - next)) / leaf.pages);
  return sum(tally, { ...nothing, overdueAtLeast: true, rows: unseen, rowsAreEstimate: true });
}
