import { baseType, familyOf } from '../tables/shape-types.ts';

const isFloat = (type: string): boolean => ['float', 'double'].includes(baseType(type));

/** True for a number that may be too large for any other number. */
export const isUnbounded = (type: string): boolean => isFloat(type) || baseType(type) === 'decimal';

const isBits = (type: string): boolean => baseType(type) === 'bit';

/** The column for SELECT, in the form that its placeholder takes: bits as a number. */
export const selectedAs = (column: string, type: string): string =>
  isBits(type) ? `CAST(${column} AS UNSIGNED)` : column;

/** MySQL takes a value that it is told to cast to a number for one with a sign, and cuts what is too large. */
const unsigned = 'CAST(CAST(? AS CHAR) AS UNSIGNED)';

/**
 * A placeholder for a value of the column, which the server compares as the column's own type: it would compare a text
 * with a number as two doubles, and pass over the index.
 */
export function placeholderFor(type: string): string {
  if (isBits(type)) return unsigned;
  if (familyOf(type) !== 'number') return '?';
  if (isFloat(type)) return '(? + 0e0)';
  if (baseType(type) === 'decimal') return `CAST(? AS ${type.replace(/\).*/, ')').toUpperCase()})`;
  return type.includes('unsigned') ? unsigned : 'CAST(? AS SIGNED)';
}
