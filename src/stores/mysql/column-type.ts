import { baseType, familyOf } from '../tables/shape-types.ts';

const isFloat = (type: string): boolean => ['float', 'double'].includes(baseType(type));

/** True for a number that may be too large for any other number. */
export const isUnbounded = (type: string): boolean => isFloat(type) || baseType(type) === 'decimal';

/**
 * A placeholder for a value of the column, which the server compares as the column's own type: it would compare a text
 * with a number as two doubles, and pass over the index.
 */
export function placeholderFor(type: string): string {
  if (familyOf(type) !== 'number') return '?';
  if (isFloat(type)) return '(? + 0e0)';
  if (baseType(type) === 'decimal') return `CAST(? AS ${type.replace(/\).*/, ')').toUpperCase()})`;
  return `CAST(? AS ${type.includes('unsigned') ? 'UNSIGNED' : 'SIGNED'})`;
}
