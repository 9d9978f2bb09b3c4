import type { CleanupReport } from '../../api/runner-result.ts';
import { type Pace, paces } from '../pace.ts';
import type { CleanupOptions } from '../session-store.ts';
import { cleanTable } from '../tables/cleanup.ts';
import { typeIn } from '../tables/shape-types.ts';
import { clockOf } from '../tables/stale-rule.ts';
import { type StaleTest, staleTestOf } from '../tables/stale-test.ts';
import type { End } from '../tables/walk.ts';
import type { TableFacts } from './catalogue.ts';
import { checkTable } from './check.ts';
import { type CleanupRun, isTransient } from './cleanup-run.ts';
import { nameOf, type PostgresContext } from './context.ts';
import { type Cutoff, instantOf, type RunCutoff, readCutoffs } from './cutoff.ts';
import { heapLeaf } from './heap-leaf.ts';
import { leafPartitionsOf } from './leaf-partition.ts';
import { isOwnCascade } from './shape.ts';
import { timeWords } from './time-words.ts';
import { writersZonesOf } from './time-zone.ts';
import { unitSample } from './unit-sample.ts';

/**
 * A step takes a processor and writes a log that the application's commits wait for: with shorter rests the p99 of
 * the application doubles (bench/cleanup.ts). Smaller steps hardly help, as each has a commit of its own.
 */
const tablePaces: Readonly<Record<'polite' | 'full', Pace>> = {
  polite: { ...paces.polite, restRatio: 15 },
  full: paces.full,
};

/**
 * Deletes the sessions that are older than `ageSeconds` by the server's clock, in small transactions, and
 * counts the rest. Throws the errors of checkTable() before the first deletion; LockTimeout if another session holds
 * the table.
 */
export async function deleteOldSessions(
  context: PostgresContext,
  options: CleanupOptions,
): Promise<CleanupReport> {
  const { connection, layout, layoutName, target } = context;
  const { pace = 'polite', signal } = options;
  const table = await checkTable(context, options);
  const { cutoff, test } = await testFor(context, table, options);
  const references = table.referencing
    .filter((reference) => !isOwnCascade(reference, layout, target.table))
    .flatMap(({ lookUp }) => lookUp ?? []);
  const run: CleanupRun = {
    connection,
    test,
    references,
    pace: tablePaces[pace],
    signal,
    isRetryable: isTransient,
  };
  const leaves = await leafPartitionsOf(connection, table, test.columns);
  const zone = cutoff.local?.timeZone;
  return cleanTable(
    {
      name: nameOf(target),
      layoutName,
      test,
      timeZone: zone,
      cutoff: Number(cutoff.texts.epoch),
      connection: connection.report,
      leaves: leaves.map((leaf) => heapLeaf(leaf, run)),
      sampleOf: (...sample) => unitSample(run, leaves, ...sample),
      instantOf: (seconds) => instantOf(connection, zone, seconds),
      remarks: (ends) => ({ notes: [...ends.map((end) => endNotes[end]), ...zoneNotes(cutoff.local)] }),
    },
    options,
  );
}

/** The cutoff by the server's clock, and the test of a stale row for the columns that were found. */
export async function testFor(
  { connection, layout, timeZone }: PostgresContext,
  table: TableFacts,
  options: Pick<CleanupOptions, 'ageSeconds' | 'recordedTimeZone' | 'hasOwnConnection'>,
): Promise<{ readonly cutoff: RunCutoff; readonly test: StaleTest }> {
  const naive = layout.rules.some(
    ({ at }) => clockOf(at, typeIn(table.columns, at.column), timeZone) === 'local',
  );
  const writersZones = naive && options.hasOwnConnection ? await writersZonesOf(connection, table) : [];
  const cutoff = await readCutoffs(connection, { ...options, naive, timeZone, writersZones });
  const known = { found: table.columns, cutoffs: cutoff.texts, timeZone, words: timeWords };
  return { cutoff, test: staleTestOf(layout, known) };
}

const endNotes: Readonly<Record<End, string>> = {
  gone: 'a partition was dropped or detached while clean-up ran: it was left out',
  rewritten:
    'the table was rewritten or emptied (VACUUM FULL, CLUSTER, TRUNCATE) while clean-up ran: the ' +
    'figures are incomplete, and the next run continues',
};

const zoneNotes = ({ timeZone, otherZones }: Partial<Cutoff> = {}): readonly string[] =>
  timeZone && otherZones
    ? [
        `the application’s time zone may be ${[timeZone.name, ...otherZones].join(' or ')}, by its ` +
          'role’s settings of today and at set-up: sessions are deleted once they are too old in each. ' +
          'Run set-up again once no session from before the change is left, or set layoutOptions.timeZone',
      ]
    : [];
