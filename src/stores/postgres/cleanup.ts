import type { CleanupReport } from '../../api/runner-result.ts';
import { timeColumnOf } from '../../layouts/table-form.ts';
import { type Pace, paces } from '../pace.ts';
import type { CleanupOptions } from '../session-store.ts';
import {
  addCounts,
  type CleanupCounts,
  lockedNote,
  noCounts,
  reportedCounts,
} from '../tables/cleanup-counts.ts';
import type { TableFacts } from './catalogue.ts';
import { checkTable } from './check.ts';
import { type CleanedLeaf, cleanLeaf } from './clean-leaf.ts';
import type { CleanupRun } from './cleanup-run.ts';
import type { PostgresContext } from './context.ts';
import { type Cutoff, instantOf, isNaive, readCutoff } from './cutoff.ts';
import { leafPartitionsOf } from './leaf-partition.ts';
import type { End } from './proof.ts';
import { adding, countOf, type Refused, undeletableIn } from './refusals.ts';
import { writersZonesOf } from './time-zone.ts';

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
  const { connection, layout, timeZone } = context;
  const { dryRun = false, pace = 'polite', signal } = options;
  const table = await checkTable(context, options);
  const naive = isNaive(table, timeColumnOf(layout));
  const writersZones = naive && options.hasOwnConnection ? await writersZonesOf(connection, table) : [];
  const cutoff = await readCutoff(connection, { ...options, naive, timeZone, writersZones });
  const references = table.referencing.flatMap(({ lookUp }) => lookUp ?? []);
  const run: CleanupRun = { connection, layout, cutoff, references, pace: tablePaces[pace], signal };

  const all = sumOf(await cleanLeaves(context, table, run, dryRun));
  const { counts, complete, deleted, refused, ends } = all;
  const undeletable = undeletableIn(refused);
  const isLocked = !dryRun && complete && counts.overdue > countOf(refused);
  const oldestStale = await instantOf(connection, cutoff, counts.oldest);
  return {
    ...{ deleted, complete, dryRun },
    ...reportedCounts(counts),
    ...(oldestStale && { oldestStale }),
    ...(cutoff.timeZone && { timeZone: cutoff.timeZone }),
    ...(undeletable.length > 0 && { undeletable }),
    connection: connection.report,
    notes: [...ends.map((end) => endNotes[end]), ...zoneNotes(cutoff), ...(isLocked ? [lockedNote] : [])],
  };
}

async function cleanLeaves(
  { connection, layout }: PostgresContext,
  table: TableFacts,
  run: CleanupRun,
  dryRun: boolean,
): Promise<readonly CleanedLeaf[]> {
  const cleaned: CleanedLeaf[] = [];
  for (const leaf of await leafPartitionsOf(connection, table, timeColumnOf(layout)))
    cleaned.push(await cleanLeaf(leaf, run, dryRun));
  return cleaned;
}

/** The sum of all leaf partitions. */
const sumOf = (leaves: readonly CleanedLeaf[]) => ({
  deleted: leaves.reduce((total, { deleted }) => total + deleted, 0),
  counts: leaves.reduce<CleanupCounts>((total, { counts }) => addCounts(total, counts), noCounts),
  complete: leaves.every(({ complete }) => complete),
  refused: leaves.reduce<Refused>((total, { refused }) => adding(total, refused), {}),
  ends: [...new Set(leaves.flatMap(({ end }) => end ?? []))],
});

const endNotes: Readonly<Record<End, string>> = {
  gone: 'a partition was dropped or detached while clean-up ran: it was left out',
  rewritten:
    'the table was rewritten or emptied (VACUUM FULL, CLUSTER, TRUNCATE) while clean-up ran: the ' +
    'figures are incomplete, and the next run continues',
};

const zoneNotes = ({ timeZone, otherZones }: Cutoff): readonly string[] =>
  timeZone && otherZones
    ? [
        `the application’s time zone may be ${[timeZone.name, ...otherZones].join(' or ')}, by its ` +
          'role’s settings of today and at set-up: sessions are deleted once they are too old in each. ' +
          'Run set-up again once no session from before the change is left, or set layoutOptions.timeZone',
      ]
    : [];
