import { escape as literal } from 'mysql2';
import type { TimeKind } from '../tables/shape-types.ts';
import type { Comparison, TimeColumn, TimeWords } from '../tables/stale-rule.ts';
import { isUnbounded } from './column-type.ts';
import { quoted } from './context.ts';

/** The first times that are no zero date. */
export const firstTime = { instant: '1970-01-01 00:00:01', wall: '0001-01-01 00:00:00' } as const;

function compare(kind: TimeKind, { value }: TimeColumn): Comparison {
  const isSample = `${value} IS NOT NULL`;
  if (kind === 'number') return { constant: (text) => text, isTime: [], isNoTime: [], isSample };
  const first = `'${firstTime[kind]}'`;
  return {
    constant: (text) => `'${text}'`,
    isTime: [`${value} >= ${first}`],
    isNoTime: [`${value} < ${first}`],
    isSample,
  };
}

/** Larger than any time and lifetime in milliseconds; the sum of two fits the decimal. */
const largest = '1e17';

/** A column as a decimal: no sum of two overflows, and no sign is lost. */
function asDecimal({ value, type }: TimeColumn): string {
  const bounded = isUnbounded(type) ? `LEAST(GREATEST(${value}, -${largest}), ${largest})` : value;
  return `CAST(${bounded} AS DECIMAL(30, 6))`;
}

const perSecond = { s: 1, ms: 1000, us: 1_000_000 } as const;

const isInteger = ({ type }: TimeColumn): boolean => /^(tiny|small|medium|big)?int/.test(type);

/**
 * Time and lifetime, in the smaller of their units; microseconds beside a time that is no number. Whole numbers are added
 * as doubles, which are exact up to the year 2255 and overflow nowhere: decimals take three times as long.
 */
const sum: TimeWords['sum'] = (at, plus) => {
  const { isTime, isNoTime, isSample } = compare(at.kind, at);
  const isWhole = isInteger(plus) && (at.kind !== 'number' || isInteger(at));
  const number = (column: TimeColumn) => (isWhole ? `(${column.value} + 0e0)` : asDecimal(column));
  const unit =
    at.kind === 'number' ? (perSecond[at.unit] > perSecond[plus.unit] ? at.unit : plus.unit) : 'us';
  const scaled = (text: string, from: keyof typeof perSecond) =>
    from === unit ? text : `${text} * ${perSecond[unit] / perSecond[from]}`;
  // In strict mode a DELETE would fail on a zero date.
  const start =
    at.kind === 'number'
      ? scaled(number(at), at.unit)
      : `IF(${isTime[0]}, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', ${at.value}), NULL)`;
  const value = `${start} + ${scaled(number(plus), plus.unit)}`;
  return { value, unit, constant: (text) => text, isTime, isNoTime, isSample };
};

export const timeWords: TimeWords = {
  quoted,
  // Byte by byte, for any collation of the column: most collations, utf8mb4_bin too, ignore blanks at the end.
  isSession: (column, equals) =>
    `${quoted(column)} = ${literal(equals)} AND CAST(CONVERT(${quoted(column)} USING utf8mb4) AS BINARY) = ${literal(equals)}`,
  compare,
  sum,
  // As a double, which the driver reads as a number.
  secondsOf: (value, kind, unit) =>
    kind === 'number'
      ? `((${value}) + 0e0) / ${perSecond[unit]}`
      : `TIMESTAMPDIFF(MICROSECOND, '1970-01-01', ${value}) / 1e6`,
};
