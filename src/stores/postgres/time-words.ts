import { escapeIdentifier, escapeLiteral } from 'pg';
import { baseType, type TimeKind } from '../tables/shape-types.ts';
import type { Comparison, TimeColumn, TimeWords } from '../tables/stale-rule.ts';

/** Type of a constant: the column's own, or one that an index on the column compares with as it is. */
type ConstantType = 'timestamptz' | 'timestamp' | 'bigint' | 'double precision' | 'numeric';

/** No session has a lower number; -Infinity is one. */
const leastNumber = '-9223372036854775808';
const greatestNumber = '9223372036854775808';

const constantTypes: Readonly<Record<string, ConstantType>> = {
  real: 'double precision',
  'double precision': 'double precision',
  numeric: 'numeric',
};

export function constantTypeOf(kind: TimeKind, type: string): ConstantType {
  if (kind === 'number') return constantTypes[baseType(type)] ?? 'bigint';
  return kind === 'instant' ? 'timestamptz' : 'timestamp';
}

/** The value from which an index is walked: no time is lower. */
export const floorOf = (kind: TimeKind): string => (kind === 'number' ? leastNumber : '-infinity');

/** `mayBeNoTime`: a value that is not NULL may be NaN, or a number below all times. */
const comparison = (value: string, type: ConstantType, mayBeNoTime: boolean): Comparison => ({
  constant: (text) => `${escapeLiteral(text)}::${type}`,
  isTime: mayBeNoTime ? [`${value} >= '${leastNumber}'`] : [],
  isNoTime: mayBeNoTime ? [`${value} = 'NaN'`, `${value} < '${leastNumber}'`] : [],
  isSample: mayBeNoTime
    ? `${value} BETWEEN '${leastNumber}' AND '${greatestNumber}'`
    : `${value} IS NOT NULL`,
});

function compare(kind: TimeKind, { value, type }: TimeColumn): Comparison {
  const constant = constantTypeOf(kind, type);
  return comparison(value, constant, kind === 'number' && constant !== 'bigint');
}

const isInteger = ({ type }: TimeColumn): boolean => /^(smallint|integer|bigint)$/.test(type);

/** Doubles for whole numbers, else numeric, which is slower. A sum with an instant counts in seconds. */
const sum: TimeWords['sum'] = (at, plus) => {
  const isNumber = at.kind === 'number';
  const unit = isNumber ? at.unit : 's';
  const factor = plus.unit === unit ? '' : unit === 's' ? ' / 1000' : ' * 1000';
  const mayBeNumeric = isNumber && constantTypeOf(at.kind, at.type) !== 'bigint';
  const isWhole = !mayBeNumeric && isInteger(plus);
  const type = isWhole ? 'double precision' : 'numeric';
  const start = isNumber ? at.value : `date_part('epoch', ${at.value})`;
  const value = `(${start}::${type} + ${plus.value}::${type}${factor})`;
  return { ...comparison(value, type, !(isNumber && isWhole)), value, unit };
};

const perSecond = { s: '', ms: ' / 1000', us: ' / 1000000' } as const;

export const timeWords: TimeWords = {
  quoted: escapeIdentifier,
  // As text for any type, letter by letter for any collation, under any search path.
  isSession: (column, equals) =>
    `${escapeIdentifier(column)}::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.=) ${escapeLiteral(equals)}`,
  compare,
  sum,
  secondsOf: (value, kind, unit) =>
    kind === 'number' ? `(${value})::float8${perSecond[unit]}` : `extract(epoch FROM ${value})::float8`,
};
