import { requireFit } from './check.ts';
import { type EpochUnit, secondsOf } from './cutoff-number.ts';
import type { StaleRule } from './stale-rule.ts';
import type { StaleTest } from './stale-test.ts';

/** Extremes of a sample of a column of numbers; rows without a time, or with one that means never, are left out. */
export interface EpochSample {
  readonly rows: number;
  readonly least: number;
  readonly greatest: number;
}

/** Size of the sample, in rows. */
export const sampleRows = 1000;

const tenYears = 10 * 365.25 * 24 * 3600;
const words: Readonly<Record<EpochUnit, string>> = { s: 'seconds', ms: 'milliseconds' };

/** The side of now on which all rows of a sample are, if they are on one. */
function sideOf(
  { least, greatest }: EpochSample,
  unit: EpochUnit,
  now: number,
): 'past' | 'future' | undefined {
  if (secondsOf(greatest, unit) < now - tenYears) return 'past';
  return secondsOf(least, unit) > now + tenYears ? 'future' : undefined;
}

/**
 * A refusal of numbers that are not times in this unit: all rows would have been stale for more than ten years, or are
 * all more than ten years in the future. `cutoff` in seconds since 1970. Undefined if the unit may be right.
 */
export function wrongUnit(
  sample: EpochSample,
  column: string,
  unit: EpochUnit,
  cutoff: number,
): string | undefined {
  const side = sample.rows === 0 ? undefined : sideOf(sample, unit, cutoff);
  if (side === undefined) return undefined;
  const other: EpochUnit = unit === 's' ? 'ms' : 's';
  const looks =
    sideOf(sample, other, cutoff) === undefined
      ? `They look like ${words[other]}: correct the unit, or name the layout that writes ${words[other]}`
      : `They look like neither seconds nor milliseconds since 1970: check that ${column} is the time of a session`;
  const all =
    side === 'past'
      ? 'all of them would have been stale for more than ten years'
      : 'all of them lie more than ten years in the future';
  return (
    `Expected column ${column} to hold ${words[unit]} since 1970; of a sample of ${sample.rows} sessions ${all}. ` +
    `${looks}. No session was deleted`
  );
}

/** The columns of a row of a sample, as servers return them: NULL without rows. */
export interface SampledRow {
  readonly rows: number | string;
  readonly least: number | string | null;
  readonly greatest: number | string | null;
}

export const noSample: EpochSample = { rows: 0, least: Infinity, greatest: -Infinity };

export const sampleIn = (row: SampledRow | undefined): EpochSample =>
  row?.least == null || row.greatest == null
    ? noSample
    : { rows: Number(row.rows), least: Number(row.least), greatest: Number(row.greatest) };

export const addSamples = (a: EpochSample, b: EpochSample): EpochSample => ({
  rows: a.rows + b.rows,
  least: Math.min(a.least, b.least),
  greatest: Math.max(a.greatest, b.greatest),
});

/**
 * Throws ShapeMismatch, before any DELETE, if a column of numbers is in another unit than the layout says: every session
 * would be stale, or never one. `cutoff` in seconds since 1970; `sampleOf` reads rows that fulfil the condition.
 */
export async function requireUnits(
  { name, layoutName }: { readonly name: string; readonly layoutName: string },
  { rules }: StaleTest,
  cutoff: number,
  sampleOf: (rule: StaleRule, isTime: string) => Promise<EpochSample>,
): Promise<void> {
  for (const rule of rules) {
    const { columnName, epoch, isRange } = rule;
    // Rows of a library's older version, with a sum, may all be ten years old.
    if (!epoch || !isRange) continue;
    const problem = wrongUnit(await sampleOf(rule, epoch.isTime), columnName, epoch.unit, cutoff);
    requireFit(name, { layoutName }, problem === undefined ? [] : [problem]);
  }
}
