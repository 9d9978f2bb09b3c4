import { StoreError } from '../store-error.ts';
import { type EpochSample, sampleRows, wrongUnit } from '../tables/cutoff-unit.ts';
import { type CleanupRun, hasCode, localSettings } from './cleanup-run.ts';
import type { PostgresContext } from './context.ts';
import type { LeafPartition } from './leaf-partition.ts';

/** Pages of a large table that are enough for a sample, with more than `sampleRows` rows as a rule. */
const samplePages = 64;

/**
 * Rows with a time by the rule, from pages all over the table, as its first rows may be its oldest. Rows that the rule
 * is not about, or that never end, are left out.
 */
const sampleOf = (leaf: LeafPartition, column: string, isTime: string, percent?: number): string => `
  SELECT count(*)::int AS rows, min(value)::float8 AS least, max(value)::float8 AS greatest
    FROM (SELECT ${column} AS value FROM ONLY ${leaf.name}
          ${percent === undefined ? `WHERE ${isTime} LIMIT ${sampleRows}` : `TABLESAMPLE SYSTEM (${percent}) WHERE ${isTime}`}) AS sample`;

interface Sampled {
  readonly rows: number;
  readonly least: number | null;
  readonly greatest: number | null;
}

async function sampled(
  { connection }: CleanupRun,
  leaf: LeafPartition,
  column: string,
  isTime: string,
): Promise<EpochSample> {
  const percents = leaf.pages > samplePages ? [(100 * samplePages) / leaf.pages, undefined] : [undefined];
  for (const percent of percents) {
    const work = () => connection.query<Sampled>(sampleOf(leaf, column, isTime, percent));
    const { rows } = await connection.transaction(work, localSettings).catch(withoutTime);
    const { rows: count = 0, least, greatest } = rows[0] ?? {};
    if (least != null && greatest != null) return { rows: count, least, greatest };
  }
  return noRows;
}

/** A statement has a time limit: a table so large and so empty that none of its rows was found has few. */
function withoutTime(error: unknown): { readonly rows: readonly Sampled[] } {
  if (!hasCode(error, '57014')) throw error;
  return { rows: [] };
}

const noRows: EpochSample = { rows: 0, least: Infinity, greatest: -Infinity };

const addSamples = (a: EpochSample, b: EpochSample): EpochSample => ({
  rows: a.rows + b.rows,
  least: Math.min(a.least, b.least),
  greatest: Math.max(a.greatest, b.greatest),
});

/**
 * Throws ShapeMismatch, before any DELETE, if a column of numbers is in another unit than the layout says: every session
 * would be stale, or never one.
 */
export async function requireUnits(
  { target, layoutName }: Pick<PostgresContext, 'target' | 'layoutName'>,
  leaves: readonly LeafPartition[],
  run: CleanupRun,
  cutoff: number,
): Promise<void> {
  for (const { column, columnName, epoch, isRange } of run.test.rules) {
    // Rows of a library's older version, with a sum, may all be ten years old.
    if (!epoch || !isRange) continue;
    let sample = noRows;
    for (const leaf of leaves) sample = addSamples(sample, await sampled(run, leaf, column, epoch.isTime));
    const problem = wrongUnit(sample, columnName, epoch.unit, cutoff);
    if (problem !== undefined)
      throw new StoreError(
        'ShapeMismatch',
        `Table ${target.schema}.${target.table} does not fit the layout ${layoutName}: ${problem}`,
      );
  }
}
