import type { CleanupReport } from '../../api/runner-result.ts';
import { paces } from '../pace.ts';
import { ProgressMeter } from '../progress-meter.ts';
import type { CleanupOptions } from '../session-store.ts';
import { StoreError } from '../store-error.ts';
import {
  addCounts,
  type Cleaned,
  type CleanupCounts,
  countRestMs,
  lockedNote,
  noCounts,
  oldestInstant,
  reportedCounts,
} from '../tables/cleanup-counts.ts';
import { requireUnits } from '../tables/cutoff-unit.ts';
import { totalOf, undeletableIn } from '../tables/undeletable.ts';
import { clockSeconds } from '../tables/wall-clock.ts';
import { checkTable } from './check.ts';
import type { CheckedTable } from './checked-table.ts';
import type { CleanupRun } from './cleanup-run.ts';
import { type MysqlContext, nameOf } from './context.ts';
import { countByIndex, countRows, rulesByIndex } from './count.ts';
import { cutoffsOf, instantOf } from './cutoff.ts';
import { deleteByIndex } from './delete-by-index.ts';
import { countByScan, deleteByScan, type Scan } from './delete-by-scan.ts';
import { Deletion, type DeletionResult } from './deletion.ts';
import { withAdvice } from './grants.ts';
import { lockWaitSeconds } from './settings.ts';
import { type CleanupTable, cleanupTableOf } from './statements.ts';
import { unitSample } from './unit-sample.ts';

/** Note of a run that read the whole table but reports incomplete figures. */
const rebuiltNote =
  'partitions were dropped, added or built again while clean-up worked: the figures may count sessions that no longer exist';

/**
 * Deletes the sessions that are older than `ageSeconds` by the server's clock, in small transactions, and
 * counts the rest. Throws the errors of checkTable() before the first deletion; StoreChanged if the table is no longer
 * the checked one; LockTimeout if another session holds it.
 */
export function deleteOldSessions(context: MysqlContext, options: CleanupOptions): Promise<CleanupReport> {
  return withAdvice(context, 'cleanup', () => cleanTable(context, options));
}

async function cleanTable(context: MysqlContext, options: CleanupOptions): Promise<CleanupReport> {
  const { connection, target, layout, layoutName, timeZone } = context;
  const { ageSeconds, dryRun = false, pace = 'polite', signal } = options;
  const { facts, table: checked } = await checkTable(context, options);
  const cutoff = Math.floor((await readClock(context)) - ageSeconds);
  const typeOf = (column: string) => facts.columns.find(({ name }) => name === column)?.type ?? '';
  const cutoffs = cutoffsOf(layout, typeOf, { cutoff, timeZone });
  const table = cleanupTableOf(target, layout, facts, { cutoffs, timeZone });
  await requireUnits({ name: nameOf(target), layoutName }, table.test, cutoff, (rule, isTime) =>
    unitSample(connection, table, rule, isTime),
  );
  const deletion = new Deletion(connection, checked, table);
  const progress = new ProgressMeter(options.onProgress);
  const run: CleanupRun = { connection, table, deletion, ...paceOf[pace], progress, signal };
  const done = await withLockTimeout(context, () => unlessChanged(checked, () => clean(run, dryRun)));
  const report = reportOf(context, { ...done, dryRun, isRebuilt: checked.isRebuilt });
  const oldestStale = await oldestInstant(done.counts.oldest, (seconds, clock) =>
    instantOf(seconds, clock, timeZone),
  );
  return { ...report, ...(oldestStale && { oldestStale }), ...zoneIn(table, timeZone) };
}

function reportOf(
  { connection }: MysqlContext,
  {
    deleted,
    undeletable,
    counts,
    complete,
    dryRun,
    isRebuilt,
  }: Done & { readonly dryRun: boolean; readonly isRebuilt: boolean },
): CleanupReport {
  const locked = counts.overdue - totalOf(undeletable);
  return {
    ...{ deleted, complete: complete && !isRebuilt, dryRun },
    ...reportedCounts(counts),
    ...undeletableIn(undeletable),
    connection: connection.report,
    notes: [...(!dryRun && complete && locked > 0 ? [lockedNote] : []), ...(isRebuilt ? [rebuiltNote] : [])],
  };
}

/** The time zone, if a time depends on it. */
function zoneIn({ test }: CleanupTable, name: string | undefined): Pick<CleanupReport, 'timeZone'> {
  const isUsed = test.rules.some(({ clock }) => clock !== 'instant');
  return isUsed && name !== undefined ? { timeZone: { name, source: 'Spec' } } : {};
}

/** Throws StoreChanged, at the end of the work or after a failure, if the table differs from the start. */
async function unlessChanged<T>(table: CheckedTable, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    await table.prove();
    return result;
  } catch (error) {
    // The server's message about a missing column or index does not help. If the proof is not possible, that message is
    // used.
    await table.prove().catch((reason: unknown) => {
      if (reason instanceof StoreError && reason.reason === 'StoreChanged') throw reason;
    });
    throw error;
  }
}

/** The shortest possible wait while clean-up works, because it can skip locked rows. */
async function withLockTimeout<T>({ connection }: MysqlContext, work: () => Promise<T>): Promise<T> {
  await connection.change('SET SESSION innodb_lock_wait_timeout = 1');
  try {
    return await work();
  } finally {
    // A lost connection has no settings.
    await connection
      .change(`SET SESSION innodb_lock_wait_timeout = ${lockWaitSeconds}`)
      .catch(() => undefined);
  }
}

/** The server's clock, in whole seconds since 1970: rather too early. */
async function readClock({ connection }: MysqlContext): Promise<number> {
  const [row] = await connection.query<{ now: string }>('SELECT CAST(UTC_TIMESTAMP() AS CHAR) AS now');
  if (!row) throw new Error('Expected one row with the time, got none');
  return clockSeconds(row.now);
}

/**
 * A COMMIT waits for the disk twice, for the binary log and the redo log: at full pace several statements share one.
 */
const paceOf: Readonly<Record<keyof typeof paces, Pick<CleanupRun, 'pace' | 'slicesPerStep'>>> = {
  polite: { pace: paces.polite, slicesPerStep: 1 },
  full: { pace: { ...paces.full, targetMs: 40 }, slicesPerStep: 6 },
};

type Done = Cleaned & DeletionResult;

/** In batches if few rows are stale and an index finds them, otherwise in one pass over the table. */
async function clean(run: CleanupRun, dryRun: boolean): Promise<Done> {
  const rules = dryRun ? undefined : await rulesByIndex(run);
  if (rules) {
    const result = await deleteByIndex(run, rules);
    const counts = await countByIndex(run, rules, result.deleted);
    const overdue = Math.max(counts.overdue, totalOf(result.undeletable));
    return { ...result, counts: { ...counts, overdue } };
  }
  // Statistics count rows that are not sessions, too.
  if (run.table.test.session === undefined) run.progress.expect(run.table.rowEstimate);
  const scan = await (dryRun ? countByScan(run) : deleteByScan(run));
  const seen = scan.complete ? scan.counts : addCounts(scan.counts, await countRest(run, scan));
  return { ...scan, counts: await withRowsNow(run, seen, scan.deleted) };
}

/** With the current number of rows, if counting them is fast: the table may have been emptied since they were seen. */
async function withRowsNow(run: CleanupRun, seen: CleanupCounts, deleted: number): Promise<CleanupCounts> {
  const now = await countRows(run, deleted);
  if (now.rows === undefined || now.rowsAreEstimate) return seen;
  const [overdue, unreadable] = [Math.min(seen.overdue, now.rows), Math.min(seen.unreadable, now.rows)];
  return { ...seen, ...now, overdue, unreadable, oldest: overdue > 0 ? seen.oldest : noCounts.oldest };
}

/** Counts the rows that a stopped run had not reached, for at most a second. */
async function countRest(run: CleanupRun, { from, counts: seen, deleted }: Scan): Promise<CleanupCounts> {
  const hurried: CleanupRun = { ...run, pace: paces.full, signal: AbortSignal.timeout(countRestMs) };
  const { counts, complete } = await countByScan(hurried, from);
  if (complete) return counts;
  const known = deleted + (seen.rows ?? 0) + (counts.rows ?? 0);
  const unseen = Math.max(0, run.table.rowEstimate - known);
  return addCounts(counts, { ...noCounts, overdueAtLeast: true, rows: unseen, rowsAreEstimate: true });
}
