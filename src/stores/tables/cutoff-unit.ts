import { type EpochUnit, secondsOf } from './cutoff-number.ts';

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
