import type { PlanReport } from '../../api/plan-report.ts';
import type { PlanOptions } from '../planned.ts';
import { refusalOr } from '../refusal-or.ts';
import {
  type AgeCounts,
  ageCountsIn,
  type CountedRow,
  countedAges,
  countedColumns,
} from '../tables/age-counts.ts';
import { requireUnits } from '../tables/cutoff-unit.ts';
import { type Counted, countedPart, indexToAdd, setupPart, tableReport } from '../tables/planned.ts';
import type { StaleTest } from '../tables/stale-test.ts';
import { inspect, type TableFacts } from './catalogue.ts';
import { checkTable } from './check.ts';
import { readClock, zoneIn } from './cleanup.ts';
import { type MysqlContext, nameOf, quoted } from './context.ts';
import { cutoffsOf, instantOf } from './cutoff.ts';
import { isOutOfTime } from './errors.ts';
import { planOf } from './plan.ts';
import { shapeNotes, timeIndexOf } from './shape.ts';
import { type CleanupTable, cleanupTableOf, limited } from './statements.ts';
import { unitSample } from './unit-sample.ts';

/** Limits of the counts. */
interface CountLimits {
  /** Time for counting the table; above it, a sample is counted. */
  readonly countMs: number;
  /** Rows of a sample, half of them from each end of the key. */
  readonly sampleRows: number;
}

const usualLimits: CountLimits = { countMs: 10_000, sampleRows: 100_000 };
const sampleMs = 30_000;

/** Facts of a table that fits, or that set-up would make fit. */
function notesOf(
  table: TableFacts,
  { layout }: MysqlContext,
  { setup }: PlanOptions,
  action: string,
): readonly string[] {
  const isToAdd = setup.createIndex && timeIndexOf(table, layout.timeIndex.column) === undefined;
  return [
    ...(action === 'migrate' ? ['set-up would change the shape of the table first (setup.migrate)'] : []),
    ...(isToAdd ? [indexToAdd(layout)] : []),
    ...shapeNotes(table, layout),
  ];
}

/** Reports what set-up and the first clean-up would do. */
export async function planTable(
  context: MysqlContext,
  options: PlanOptions,
  limits = usualLimits,
): Promise<PlanReport> {
  const { report: connection } = context.connection;
  const found = await inspect(context);
  const plan = await refusalOr(() => planOf(found, context, options.setup));
  const action = 'done' in plan ? plan.done.action : '';
  const { marked, ...setup } = setupPart(plan);
  // Only the attempt shows whether the account may write the comment of a table that exists.
  const mark = action === 'mark' || marked === undefined ? {} : { marked };
  return tableReport({
    setup: { ...setup, ...mark },
    connection,
    table: found.table,
    count: (table) => countTable(context, table, options, limits),
    check: async () => action === 'migrate' || checkTable(context, { dryRun: true }),
    notes: (table) => notesOf(table, context, options, action),
    isCleaned: options.cleanup !== undefined,
  });
}

/** Counts the sessions by age. Throws ShapeMismatch where clean-up would, for a column in another unit. */
async function countTable(
  context: MysqlContext,
  facts: TableFacts,
  { cleanup }: PlanOptions,
  limits: CountLimits,
): Promise<Counted> {
  const { connection, target, layout, layoutName, timeZone } = context;
  const stale = Math.floor((await readClock(context)) - (cleanup?.ageSeconds ?? 0));
  const tableAt = (cutoff: number) =>
    cleanupTableOf(target, layout, facts, {
      cutoffs: cutoffsOf(layout, facts.columns, { cutoff, timeZone }),
      timeZone,
    });
  const table = tableAt(stale);
  await requireUnits({ name: nameOf(target), layoutName }, table.test, stale, (rule, isTime, counts) =>
    unitSample(connection, table, rule, isTime, counts),
  );
  const tests = countedAges.map((further) => tableAt(stale - further).test);
  const { counts, isEstimate } = await countAges(context, table, { tests, ...limits });
  const found = { counts, isEstimate, bytes: await bytesOf(context), timeZone: zoneIn(table, timeZone) };
  return countedPart(found, cleanup !== undefined, (seconds, clock) => instantOf(seconds, clock, timeZone));
}

/** Counts the table within the time, or a sample of its rows: the sample stands for all of them. */
async function countAges(
  { connection }: MysqlContext,
  { name, key, byKey, test, rowEstimate }: CleanupTable,
  { tests, countMs, sampleRows }: CountLimits & { readonly tests: readonly StaleTest[] },
): Promise<{ readonly counts: AgeCounts; readonly isEstimate: boolean }> {
  const counted = async (from: string, ms: number) => {
    const selected = `${countedColumns(tests)} FROM ${from} WHERE ${test.session ?? 'TRUE'}`;
    const [row] = await connection.query<CountedRow>(limited(connection.flavour, ms, selected));
    return row ?? {};
  };
  try {
    return { counts: ageCountsIn(await counted(name, countMs), test), isEstimate: false };
  } catch (error) {
    if (!isOutOfTime(error)) throw error;
    const columns = test.columns.map(quoted).join(', ');
    const end = (order: string) =>
      `(SELECT ${columns} FROM ${name} ${byKey} ORDER BY ${order} LIMIT ${sampleRows / 2})`;
    const row = await counted(`(${end(key.ascending)} UNION ALL ${end(key.descending)}) AS sample`, sampleMs);
    const factor = Math.max(rowEstimate / sampleRows, 1);
    return { counts: ageCountsIn(row, test, factor), isEstimate: true };
  }
}

/** The size on disk, with indexes, by the server's statistics. */
async function bytesOf({ connection, target }: MysqlContext): Promise<number> {
  const [row] = await connection.query<{ bytes: number | string | null }>(
    'SELECT DATA_LENGTH + INDEX_LENGTH AS bytes FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
    [target.database, target.table],
  );
  return Number(row?.bytes ?? 0);
}
