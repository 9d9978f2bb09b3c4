import {
  addSamples,
  type EpochSample,
  noSample,
  type SampledRow,
  sampleIn,
  sampleRows,
} from '../tables/cutoff-unit.ts';
import type { StaleRule } from '../tables/stale-rule.ts';
import { type CleanupRun, localSettings } from './cleanup-run.ts';
import { isOutOfTime } from './errors.ts';
import type { LeafPartition } from './leaf-partition.ts';

/** Pages of a large table that are enough for a sample, with more than `sampleRows` rows as a rule. */
const samplePages = 64;

interface Sampling {
  readonly column: string;
  readonly isTime: string;
  readonly counts: string;
}

/**
 * Rows with a time by the rule, from pages all over the table, as its first rows may be its oldest. Rows that the rule
 * is not about, or that never end, are left out.
 */
const sampleOf = (leaf: LeafPartition, { column, isTime, counts }: Sampling, percent?: number): string => `
  SELECT ${counts}
    FROM (SELECT ${column} AS value FROM ONLY ${leaf.name}
          ${percent === undefined ? `WHERE ${isTime} LIMIT ${sampleRows}` : `TABLESAMPLE SYSTEM (${percent}) WHERE ${isTime}`}) AS sample`;

/** A sample of the rule's numbers in all leaf partitions. */
export async function unitSample(
  run: Pick<CleanupRun, 'connection'>,
  leaves: readonly LeafPartition[],
  { column }: StaleRule,
  isTime: string,
  counts: string,
): Promise<EpochSample> {
  let sample = noSample;
  const sampling = { column, isTime, counts };
  for (const leaf of leaves) sample = addSamples(sample, await sampled(run, leaf, sampling));
  return sample;
}

async function sampled(
  { connection }: Pick<CleanupRun, 'connection'>,
  leaf: LeafPartition,
  sampling: Sampling,
): Promise<EpochSample> {
  const percents = leaf.pages > samplePages ? [(100 * samplePages) / leaf.pages, undefined] : [undefined];
  for (const percent of percents) {
    const work = () => connection.query<SampledRow>(sampleOf(leaf, sampling, percent));
    const { rows } = await connection.transaction(work, localSettings).catch(withoutTime);
    const sample = sampleIn(rows[0]);
    if (sample.rows > 0) return sample;
  }
  return noSample;
}

/** A statement has a time limit: a table so large and so empty that none of its rows was found has few. */
function withoutTime(error: unknown): { readonly rows: readonly SampledRow[] } {
  if (!isOutOfTime(error)) throw error;
  return { rows: [] };
}
