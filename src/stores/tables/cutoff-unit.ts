import { requireFit } from './check.ts';
import type { EpochUnit } from './cutoff-number.ts';
import type { StaleRule } from './stale-rule.ts';
import type { StaleTest } from './stale-test.ts';

/** Counts of a sample of a column of numbers; rows without a time, or with one that means never, are left out. */
export interface EpochSample {
  readonly rows: number;
  /** Rows within ten years of the cutoff by the unit; those that are so by the other unit alone. */
  readonly near: number;
  readonly nearOther: number;
  /** Rows that would have been stale for more than ten years. */
  readonly past: number;
}

/** Size of the sample, in rows. */
export const sampleRows = 1000;

const tenYears = 10 * 365.25 * 24 * 3600;
const words: Readonly<Record<EpochUnit, string>> = { s: 'seconds', ms: 'milliseconds' };
const otherThan: Readonly<Record<EpochUnit, EpochUnit>> = { s: 'ms', ms: 's' };

/** The counts of a sample, as SQL over its column `value`. `cutoff` in seconds since 1970. */
export function sampleCounts(unit: EpochUnit, cutoff: number): string {
  const boundsIn = (one: EpochUnit) =>
    [cutoff - tenYears, cutoff + tenYears].map((seconds) => Math.round(seconds * (one === 's' ? 1 : 1000)));
  const count = (condition: string, name: string) =>
    `COALESCE(SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END), 0) AS ${name}`;
  const isNear = (one: EpochUnit) => `value BETWEEN ${boundsIn(one).join(' AND ')}`;
  return [
    'COUNT(*) AS total',
    count(isNear(unit), 'near'),
    count(`${isNear(otherThan[unit])} AND NOT ${isNear(unit)}`, 'near_other'),
    count(`value < ${boundsIn(unit)[0]}`, 'past'),
  ].join(', ');
}

/** A row of these counts, as servers return it. */
export type SampledRow = Readonly<Record<'total' | 'near' | 'near_other' | 'past', number | string>>;

export const noSample: EpochSample = { rows: 0, near: 0, nearOther: 0, past: 0 };

export const sampleIn = (row: SampledRow | undefined): EpochSample =>
  row
    ? {
        rows: Number(row.total),
        near: Number(row.near),
        nearOther: Number(row.near_other),
        past: Number(row.past),
      }
    : noSample;

export const addSamples = (a: EpochSample, b: EpochSample): EpochSample => ({
  rows: a.rows + b.rows,
  near: a.near + b.near,
  nearOther: a.nearOther + b.nearOther,
  past: a.past + b.past,
});

const stale = 'would have been stale for more than ten years';
const distant = 'lie more than ten years in the future';

/** All rows, by the side of the ten years on which they are. */
function allOf({ rows, past }: EpochSample): string {
  if (past === rows) return `all of them ${stale}`;
  return past === 0 ? `all of them ${distant}` : `all of them ${stale} or ${distant}`;
}

/**
 * A refusal of numbers that are not times in this unit: none is within ten years of the cutoff, or more of them are so
 * by the other unit. Numbers that are near by neither unit, such as an undeclared *never*, are left out of the comparison.
 * Undefined if the unit may be right.
 */
export function wrongUnit(sample: EpochSample, column: string, unit: EpochUnit): string | undefined {
  const { rows, near, nearOther } = sample;
  if (rows === 0 || (near > 0 && near >= nearOther)) return undefined;
  const other = words[otherThan[unit]];
  const found =
    nearOther > 0
      ? `${nearOther} ${unit === 's' ? distant : stale}. They look like ${other}: correct the unit, or name the layout that ` +
        `writes ${other}`
      : `${allOf(sample)}. They look like neither seconds nor milliseconds since 1970: check that ${column} is the time of a ` +
        'session; delete sessions that are really that old by hand';
  return `Expected column ${column} to hold ${words[unit]} since 1970; of a sample of ${rows} sessions ${found}. No session was deleted`;
}

/**
 * Throws ShapeMismatch, before any DELETE, if a column of numbers is in another unit than the layout says: every session
 * would be stale, or never one. `cutoff` in seconds since 1970; `sampleOf` counts in rows that
 * fulfil the condition.
 */
export async function requireUnits(
  { name, layoutName }: { readonly name: string; readonly layoutName: string },
  { rules }: StaleTest,
  cutoff: number,
  sampleOf: (rule: StaleRule, isTime: string, counts: string) => Promise<EpochSample>,
): Promise<void> {
  for (const rule of rules) {
    const { columnName, epoch, isRange } = rule;
    // Rows of a library's older version, with a sum, may all be ten years old.
    if (!epoch || !isRange) continue;
    const sample = await sampleOf(rule, epoch.isTime, sampleCounts(epoch.unit, cutoff));
    const problem = wrongUnit(sample, columnName, epoch.unit);
    requireFit(name, { layoutName }, problem === undefined ? [] : [problem]);
  }
}
