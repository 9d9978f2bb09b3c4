import {
  addSamples,
  type EpochSample,
  noSample,
  type SampledRow,
  sampleIn,
  sampleRows,
} from '../tables/cutoff-unit.ts';
import type { StaleRule } from '../tables/stale-rule.ts';
import { type CleanupRun, hasCode, localSettings } from './cleanup-run.ts';
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

/** A sample of the rule's numbers in all leaf partitions. */
export async function unitSample(
  run: Pick<CleanupRun, 'connection'>,
  leaves: readonly LeafPartition[],
  { column }: StaleRule,
  isTime: string,
): Promise<EpochSample> {
  let sample = noSample;
  for (const leaf of leaves) sample = addSamples(sample, await sampled(run, leaf, column, isTime));
  return sample;
}

async function sampled(
  { connection }: Pick<CleanupRun, 'connection'>,
  leaf: LeafPartition,
  column: string,
  isTime: string,
): Promise<EpochSample> {
  const percents = leaf.pages > samplePages ? [(100 * samplePages) / leaf.pages, undefined] : [undefined];
  for (const percent of percents) {
    const work = () => connection.query<SampledRow>(sampleOf(leaf, column, isTime, percent));
    const { rows } = await connection.transaction(work, localSettings).catch(withoutTime);
    const sample = sampleIn(rows[0]);
    if (sample.rows > 0) return sample;
  }
  return noSample;
}

/** A statement has a time limit: a table so large and so empty that none of its rows was found has few. */
function withoutTime(error: unknown): { readonly rows: readonly SampledRow[] } {
  if (!hasCode(error, '57014')) throw error;
  return { rows: [] };
}
