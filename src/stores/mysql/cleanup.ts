import type { CleanupReport } from '../../runner/result.ts';
import { paces } from '../pace.ts';
import type { CleanupOptions } from '../session-store.ts';
import { type Cleaned, countsOf, glanceMs, lockedNote, nothing, sum, type Tally } from '../tables/tally.ts';
import { drain } from './batches.ts';
import { checkTable } from './check.ts';
import { lockWaitSeconds } from './connection.ts';
import type { MysqlContext } from './context.ts';
import { countByIndex } from './count.ts';
import { withAdvice } from './grants.ts';
import { type Sweep, sweep } from './slices.ts';
import { groundOf } from './statements.ts';
import type { Task } from './task.ts';

/**
 * Deletes the sessions whose time is more than `ageSeconds` ago by the server's clock, in small transactions, and
 * counts what is left. Throws what checkTable() throws, before anything is deleted; LockTimeout where somebody holds
 * the table.
 */
export function deleteOldSessions(context: MysqlContext, options: CleanupOptions): Promise<CleanupReport> {
  return withAdvice(context, 'cleanup', () => cleanTable(context, options));
}

async function cleanTable(context: MysqlContext, options: CleanupOptions): Promise<CleanupReport> {
  const { connection, target, layout } = context;
  const { ageSeconds, dryRun = false, pace = 'polite', signal } = options;
  const table = await checkTable(context, options);
  const task: Task = {
    ...{ connection, ground: groundOf(target, layout, table), pace: paces[pace], signal },
    cutoff: await readCutoff(context, ageSeconds),
  };
  const { deleted, tally, complete } = await withShortWaits(context, () => clean(task, dryRun));
  return {
    ...{ deleted, complete, dryRun },
    ...countsOf(tally),
    ...(Number.isFinite(tally.oldest) && { oldestStale: new Date(tally.oldest * 1000).toISOString() }),
    connection: connection.report,
    notes: !dryRun && complete && tally.overdue > 0 ? [lockedNote] : [],
  };
}

/** The shortest there is, while clean-up works: it can go round a row that somebody holds. */
async function withShortWaits<T>({ connection }: MysqlContext, work: () => Promise<T>): Promise<T> {
  await connection.change('SET SESSION innodb_lock_wait_timeout = 1');
  try {
    return await work();
  } finally {
    // A connection that is gone has no settings.
    await connection
      .change(`SET SESSION innodb_lock_wait_timeout = ${lockWaitSeconds}`)
      .catch(() => undefined);
  }
}

/** By the server's clock, in UTC as the connection is; whole seconds, as the column has no others: rather too early. */
async function readCutoff({ connection }: MysqlContext, ageSeconds: number): Promise<string> {
  const [row] = await connection.query<{ cutoff: string }>(
    'SELECT CAST(UTC_TIMESTAMP() - INTERVAL ? SECOND AS CHAR) AS cutoff',
    [String(ageSeconds)],
  );
  if (!row) throw new Error('Expected one row with the cutoff, got none');
  return row.cutoff;
}

/** In batches while few rows are stale and an index finds them, else in one pass over the table. */
async function clean(task: Task, dryRun: boolean): Promise<Cleaned> {
  const drained = task.ground.byTime !== undefined && !dryRun ? await drain(task) : undefined;
  if (drained && drained.outcome !== 'many') {
    const tally = await countByIndex(task, drained.deleted);
    return { deleted: drained.deleted, tally, complete: drained.outcome === 'empty' };
  }
  const swept = await sweep(task, { deletes: !dryRun });
  const deleted = (drained?.deleted ?? 0) + swept.deleted;
  if (swept.complete) return { deleted, tally: swept.tally, complete: true };
  return { deleted, tally: sum(swept.tally, await glanceAt(task, swept, deleted)), complete: false };
}

/** Counts what a run that was stopped had not come to, for a second at most. */
async function glanceAt(task: Task, { from, tally: seen }: Sweep, deleted: number): Promise<Tally> {
  const hurried: Task = { ...task, pace: paces.full, signal: AbortSignal.timeout(glanceMs) };
  const { tally, complete } = await sweep(hurried, { from, deletes: false });
  if (complete) return tally;
  const known = deleted + (seen.rows ?? 0) + (tally.rows ?? 0);
  const unseen = Math.max(0, task.ground.rowEstimate - known);
  return sum(tally, { ...nothing, overdueAtLeast: true, rows: unseen, rowsAreEstimate: true });
}
