import type { CleanupReport } from '../../api/runner-result.ts';
import { type Pace, paces } from '../pace.ts';
import { ProgressMeter } from '../progress-meter.ts';
import type { CleanupOptions } from '../session-store.ts';
import {
  addCounts,
  type CleanupCounts,
  lockedNote,
  noCounts,
  oldestInstant,
  reportedCounts,
} from '../tables/cleanup-counts.ts';
import { requireUnits } from '../tables/cutoff-unit.ts';
import { clockOf } from '../tables/stale-rule.ts';
import { type StaleTest, staleTestOf } from '../tables/stale-test.ts';
import { plus, totalOf, type Undeletable, undeletableIn } from '../tables/undeletable.ts';
import type { TableFacts } from './catalogue.ts';
import { checkTable } from './check.ts';
import { type CleanedLeaf, cleanLeaf } from './clean-leaf.ts';
import type { CleanupRun } from './cleanup-run.ts';
import type { PostgresContext } from './context.ts';
import { type Cutoff, instantOf, type RunCutoff, readCutoffs } from './cutoff.ts';
import { isIndexed, type LeafPartition, leafPartitionsOf } from './leaf-partition.ts';
import type { End } from './proof.ts';
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
  const { connection } = context;
  const { dryRun = false, pace = 'polite', signal } = options;
  const table = await checkTable(context, options);
  const { cutoff, test } = await testFor(context, table, options);
  const references = table.referencing
    .filter((reference) => !isOwnCascade(reference, context.layout, context.target.table))
    .flatMap(({ lookUp }) => lookUp ?? []);
  const leaves = await leafPartitionsOf(connection, table, test.columns);
  const progress = new ProgressMeter(options.onProgress, scannedRows(leaves, test, dryRun));
  const run: CleanupRun = { connection, test, references, pace: tablePaces[pace], progress, signal };
  const { layoutName, target } = context;
  await requireUnits(
    { name: `${target.schema}.${target.table}`, layoutName },
    test,
    Number(cutoff.texts.epoch),
    (rule, isTime) => unitSample(run, leaves, rule, isTime),
  );

  const all = sumOf(await cleanLeaves(leaves, run, dryRun));
  const { counts, complete, deleted, refused, ends } = all;
  const zone = cutoff.local?.timeZone;
  const isLocked = !dryRun && complete && counts.overdue > totalOf(refused);
  const oldestStale = await oldestInstant(counts.oldest, (seconds) => instantOf(connection, zone, seconds));
  return {
    ...{ deleted, complete, dryRun },
    ...reportedCounts(counts),
    ...(oldestStale && { oldestStale }),
    ...(zone && { timeZone: zone }),
    ...undeletableIn(refused),
    connection: connection.report,
    notes: [
      ...ends.map((end) => endNotes[end]),
      ...zoneNotes(cutoff.local),
      ...(isLocked ? [lockedNote] : []),
    ],
  };
}

/** The cutoff by the server's clock, and the test of a stale row for the columns that were found. */
async function testFor(
  { connection, layout, timeZone }: PostgresContext,
  table: TableFacts,
  options: CleanupOptions,
): Promise<{ readonly cutoff: RunCutoff; readonly test: StaleTest }> {
  const typeOf = (column: string) => table.columns.find(({ name }) => name === column)?.type ?? '';
  const naive = layout.rules.some(({ at }) => clockOf(at, typeOf(at.column), timeZone) === 'local');
  const writersZones = naive && options.hasOwnConnection ? await writersZonesOf(connection, table) : [];
  const cutoff = await readCutoffs(connection, { ...options, naive, timeZone, writersZones });
  const known = { found: table.columns, cutoffs: cutoff.texts, timeZone, words: timeWords };
  return { cutoff, test: staleTestOf(layout, known) };
}

/** Estimate of the rows that a clean-up scans; undefined if it uses an index, or without statistics. */
function scannedRows(
  leaves: readonly LeafPartition[],
  { rules, session }: StaleTest,
  dryRun: boolean,
): number | undefined {
  // Statistics count rows that are not sessions, too.
  if (session !== undefined || (!dryRun && leaves.some((leaf) => isIndexed(leaf, rules[0]))))
    return undefined;
  return leaves.reduce<number | undefined>(
    (total, { rowEstimate: rows }) => (total === undefined || rows === undefined ? undefined : total + rows),
    0,
  );
}

async function cleanLeaves(
  leaves: readonly LeafPartition[],
  run: CleanupRun,
  dryRun: boolean,
): Promise<readonly CleanedLeaf[]> {
  const cleaned: CleanedLeaf[] = [];
  for (const leaf of leaves) cleaned.push(await cleanLeaf(leaf, run, dryRun));
  return cleaned;
}

/** The sum of all leaf partitions. */
const sumOf = (leaves: readonly CleanedLeaf[]) => ({
  deleted: leaves.reduce((total, { deleted }) => total + deleted, 0),
  counts: leaves.reduce<CleanupCounts>((total, { counts }) => addCounts(total, counts), noCounts),
  complete: leaves.every(({ complete }) => complete),
  refused: leaves.reduce<Undeletable>((total, { refused }) => plus(total, refused), {}),
  ends: [...new Set(leaves.flatMap(({ end }) => end ?? []))],
});

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
