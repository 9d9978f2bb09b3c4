import type { CleanupReport } from '../../api/runner-result.ts';
import { paces } from '../pace.ts';
import type { CleanupOptions } from '../session-store.ts';
import { StoreError } from '../store-error.ts';
import { cleanTable } from '../tables/cleanup.ts';
import { clockSeconds } from '../tables/wall-clock.ts';
import { checkTable } from './check.ts';
import type { CheckedTable } from './checked-table.ts';
import { type CleanupRun, isTransient } from './cleanup-run.ts';
import { type MysqlContext, nameOf } from './context.ts';
import { cutoffsOf, instantOf } from './cutoff.ts';
import { Deletion } from './deletion.ts';
import { withAdvice } from './grants.ts';
import { keyLeaf } from './key-leaf.ts';
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
  return withAdvice(context, 'cleanup', () => cleanChecked(context, options));
}

async function cleanChecked(context: MysqlContext, options: CleanupOptions): Promise<CleanupReport> {
  const { connection, target, layout, layoutName, timeZone } = context;
  const { pace = 'polite', signal } = options;
  const { facts, table: checked } = await checkTable(context, options);
  const cutoff = Math.floor((await readClock(context)) - options.ageSeconds);
  const cutoffs = cutoffsOf(layout, facts.columns, { cutoff, timeZone });
  const table = cleanupTableOf(target, layout, facts, { cutoffs, timeZone });
  const deletion = new Deletion(connection, checked, table);
  const isRetryable = (error: unknown) => isTransient(error) || deletion.retriesAfter(error);
  const run: CleanupRun = { connection, table, deletion, ...paceOf[pace], signal, isRetryable };
  return cleanTable(
    {
      name: nameOf(target),
      layoutName,
      test: table.test,
      timeZone: zoneIn(table, timeZone),
      cutoff,
      connection: connection.report,
      leaves: [keyLeaf(run)],
      sampleOf: (...sample) => unitSample(connection, table, ...sample),
      instantOf: (seconds, clock) => instantOf(seconds, clock, timeZone),
      within: (work) => withLockTimeout(context, () => unlessChanged(checked, work)),
      remarks: () => ({ notes: checked.isRebuilt ? [rebuiltNote] : [], isVoid: checked.isRebuilt }),
    },
    options,
  );
}

/** The time zone, if a time depends on it. */
export const zoneIn = ({ test }: CleanupTable, name: string | undefined): CleanupReport['timeZone'] =>
  name !== undefined && test.rules.some(({ clock }) => clock !== 'instant')
    ? { name, source: 'Spec' }
    : undefined;

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
export async function readClock({ connection }: Pick<MysqlContext, 'connection'>): Promise<number> {
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
