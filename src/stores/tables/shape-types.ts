import type { Column, RowTime } from '../../layouts/table-form.ts';

/** Values that a column's type can hold: libraries work with any type of the same family. */
export type TypeFamily = 'text' | 'bytes' | 'json' | 'instant' | 'wall' | 'number' | 'other';

/** By the base of the type's name in either server: without length, precision, `unsigned`. */
const families: Readonly<Record<string, TypeFamily>> = {
  ...familyNames('text', 'text', 'character varying', 'varchar', 'character', 'char', 'bpchar', 'uuid'),
  ...familyNames('text', 'tinytext', 'mediumtext', 'longtext'),
  ...familyNames('bytes', 'bytea', 'binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob'),
  ...familyNames('json', 'json', 'jsonb'),
  ...familyNames('instant', 'timestamp with time zone', 'timestamp'),
  ...familyNames('wall', 'timestamp without time zone', 'datetime'),
  ...familyNames(
    'number',
    'smallint',
    'integer',
    'bigint',
    'tinyint',
    'mediumint',
    'int',
    'numeric',
    'decimal',
  ),
  ...familyNames('number', 'real', 'float', 'double', 'double precision'),
};

function familyNames(family: TypeFamily, ...types: readonly string[]): Record<string, TypeFamily> {
  return Object.fromEntries(types.map((type) => [type, family]));
}

/** `timestamp(6) with time zone` as `timestamp with time zone`, `int(10) unsigned` as `int`. */
export const baseType = (type: string): string =>
  type.replace(/\([^)]*\)/, '').replace(/ (unsigned|signed|zerofill)/g, '');

/** The family of a type in PostgreSQL's or MySQL's notation; their names do not overlap. */
export const familyOf = (type: string): TypeFamily => families[baseType(type)] ?? 'other';

/** The type of the column with this name; empty without one. */
export const typeIn = (columns: readonly Pick<Column, 'name' | 'type'>[], column: string): string =>
  columns.find(({ name }) => name === column)?.type ?? '';

/** A time as its found type has it: an instant, a wall clock, or a number since 1970. */
export type TimeKind = 'instant' | 'wall' | 'number';

/** How the rule reads a column of this type; undefined if the rule has no word for it. */
export function timeKindOf(
  { zone, unit }: Pick<RowTime, 'zone' | 'unit'>,
  type: string,
): TimeKind | undefined {
  const family = familyOf(type);
  if (family === 'instant') return family;
  if (family === 'wall' && zone !== undefined) return family;
  return family === 'number' && unit !== undefined ? family : undefined;
}

/** All types that the column may have, by name. */
export const acceptedTypes = ({ type, alsoAccepts = [] }: Column): readonly string[] => [
  type,
  ...alsoAccepts,
];

/** True if the library works with a column of the found type. */
export function acceptsType(column: Column, found: string): boolean {
  const accepted = acceptedTypes(column);
  if (accepted.includes(found) || accepted.some((type) => type === baseType(found))) return true;
  const family = familyOf(found);
  return family !== 'other' && accepted.some((type) => familyOf(type) === family);
}
