import type { PlanReport } from '../../api/plan-report.ts';
import type { PlanOptions } from '../planned.ts';
import { refusalOr } from '../refusal-or.ts';
import {
  type AgeCounts,
  addAges,
  ageCountsIn,
  type CountedRow,
  countedAges,
  countedColumns,
  noAges,
} from '../tables/age-counts.ts';
import { requireUnits } from '../tables/cutoff-unit.ts';
import { type Counted, countedPart, indexToAdd, setupPart, tableReport } from '../tables/planned.ts';
import type { StaleTest } from '../tables/stale-test.ts';
import type { Inspection, TableFacts } from './catalogue.ts';
import { checkTable } from './check.ts';
import { testFor } from './cleanup.ts';
import { localSettings } from './cleanup-run.ts';
import { nameOf, type PostgresContext } from './context.ts';
import { instantOf } from './cutoff.ts';
import { isOutOfTime } from './errors.ts';
import { type LeafPartition, leafPartitionsOf } from './leaf-partition.ts';
import { planOf } from './plan.ts';
import { look } from './setup.ts';
import { hasTimeIndex, shapeNotes } from './shape.ts';
import { unitSample } from './unit-sample.ts';

/** Limits of the counts. */
interface CountLimits {
  /** Time for counting one leaf partition; above it, a sample is counted. */
  readonly countTime: string;
  /** Pages of a sample. */
  readonly samplePages: number;
}

const usualLimits: CountLimits = { countTime: '10s', samplePages: 4000 };
const sampleTime = '30s';

/** The facts of a set-up. The transactions of a plan are read-only, so the server is asked about those of others. */
async function inspection(context: PostgresContext): Promise<Inspection> {
  const { connection } = context;
  const { rows } = await connection.query<{ readOnly: boolean }>(
    `SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on' AS "readOnly"`,
  );
  return { ...(await look(context)), readOnly: rows[0]?.readOnly ?? false };
}

/** Facts of a table that fits, or that set-up would make fit. */
function notesOf(
  table: TableFacts,
  { layout, target }: PostgresContext,
  { setup }: PlanOptions,
): readonly string[] {
  const isToAdd = setup.createIndex && !hasTimeIndex(table, layout);
  return [...(isToAdd ? [indexToAdd(layout)] : []), ...shapeNotes(table, layout, target.table)];
}

/** Reports what set-up and the first clean-up would do. */
export async function planTable(
  context: PostgresContext,
  options: PlanOptions,
  limits = usualLimits,
): Promise<PlanReport> {
  const { report: connection } = context.connection;
  const found = await inspection(context);
  const plan = await refusalOr(() => planOf(found, context, options.setup));
  return tableReport({
    setup: setupPart(plan),
    connection,
    table: found.table,
    count: (table) => countTable(context, table, options, limits),
    check: () => checkTable(context, {}),
    notes: (table) => notesOf(table, context, options),
    isCleaned: options.cleanup !== undefined,
  });
}

/** A test for each of the ages that are counted, all by one look at the server's clock as far as it matters. */
async function testsFor(context: PostgresContext, table: TableFacts, { cleanup }: PlanOptions) {
  const known = { ...cleanup, ageSeconds: cleanup?.ageSeconds ?? 0 };
  const first = await testFor(context, table, known);
  const tests: StaleTest[] = [first.test];
  for (const further of countedAges.slice(1)) {
    const { test } = await testFor(context, table, { ...known, ageSeconds: known.ageSeconds + further });
    tests.push(test);
  }
  return { ...first, tests };
}

/** Counts the sessions by age. Throws ShapeMismatch where clean-up would, for a column in another unit. */
async function countTable(
  context: PostgresContext,
  table: TableFacts,
  options: PlanOptions,
  limits: CountLimits,
): Promise<Counted> {
  const { connection, layoutName, target } = context;
  const { cutoff, test, tests } = await testsFor(context, table, options);
  const leaves = await leafPartitionsOf(connection, table, test.columns);
  const epoch = Number(cutoff.texts.epoch);
  await requireUnits({ name: nameOf(target), layoutName }, test, epoch, (rule, isTime, counts) =>
    unitSample({ connection }, leaves, rule, isTime, counts),
  );
  let counts = noAges;
  let isEstimate = false;
  for (const leaf of leaves) {
    const counted = await countLeaf(context, leaf, { tests, ...limits });
    counts = addAges(counts, counted.counts);
    isEstimate ||= counted.isEstimate;
  }
  const zone = cutoff.local?.timeZone;
  const found = { counts, isEstimate, bytes: await bytesOf(context, leaves), timeZone: zone };
  return countedPart(found, options.cleanup !== undefined, (seconds) => instantOf(connection, zone, seconds));
}

interface LeafCounts {
  readonly counts: AgeCounts;
  readonly isEstimate: boolean;
}

/** Counts a leaf within the time, or a sample of its pages: the sample stands for all of them. */
async function countLeaf(
  { connection }: PostgresContext,
  leaf: LeafPartition,
  { tests, countTime, samplePages }: CountLimits & { readonly tests: readonly StaleTest[] },
): Promise<LeafCounts> {
  const [test] = tests;
  if (!test) throw new Error('Expected a test');
  const counted = async (sample: string, factor: number, time: string) => {
    const statement = `SELECT ${countedColumns(tests)} FROM ONLY ${leaf.name} ${sample} WHERE ${test.session ?? 'true'}`;
    const work = () => connection.query<CountedRow>(statement);
    const { rows } = await connection.transaction(work, { ...localSettings, statement_timeout: time });
    return ageCountsIn(rows[0] ?? {}, test, factor);
  };
  try {
    return { counts: await counted('', 1, countTime), isEstimate: false };
  } catch (error) {
    if (!isOutOfTime(error)) throw error;
    const share = Math.min(samplePages / leaf.pages, 1);
    const counts = await counted(`TABLESAMPLE SYSTEM (${100 * share})`, 1 / share, sampleTime);
    return { counts, isEstimate: true };
  }
}

/** The size on disk, with indexes and what is stored apart. */
async function bytesOf({ connection }: PostgresContext, leaves: readonly LeafPartition[]): Promise<number> {
  const oids = leaves.map(({ oid }) => oid);
  const work = () =>
    connection.query<{ bytes: number }>(
      'SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::float8 AS bytes FROM unnest($1::bigint[]::oid[]) AS oid',
      [oids],
    );
  const { rows } = await connection.transaction(work, localSettings);
  return rows[0]?.bytes ?? 0;
}
