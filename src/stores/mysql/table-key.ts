import { placeholderFor, selectedAs } from './column-type.ts';
import type { Value } from './connection.ts';
import { quoted } from './context.ts';

/** The values of a row's key, one for each of its columns. */
export type Key = readonly Value[];

/** The columns that tell rows apart, as SQL. */
export interface TableKey {
  /** The columns for SELECT, as keyIn() reads them. */
  readonly selected: string;
  readonly ascending: string;
  readonly descending: string;
  /** The rows after a key, and the rows up to it: with the values of boundsOf(). */
  readonly after: string;
  readonly upTo: string;
  /** The rows with so many keys: with their values. */
  readonly among: (count: number) => string;
}

interface KeyColumn {
  readonly name: string;
  readonly type: string;
}

/** Compares column by column, a form that an index serves, unlike that of a row of values. */
function compared(columns: readonly KeyColumn[], before: '<' | '>', last: string): string {
  const conditions = columns.map(({ name, type }, number) => {
    const same = columns.slice(0, number).map((one) => `${quoted(one.name)} = ${placeholderFor(one.type)}`);
    const compare = number === columns.length - 1 ? last : before;
    return [...same, `${quoted(name)} ${compare} ${placeholderFor(type)}`].join(' AND ');
  });
  return conditions.length === 1 ? (conditions[0] ?? '') : `((${conditions.join(') OR (')}))`;
}

const rowOf = (parts: readonly string[]): string =>
  parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(', ')})`;

export function tableKey(columns: readonly KeyColumn[]): TableKey {
  const names = columns.map(({ name }) => quoted(name));
  const values = rowOf(columns.map(({ type }) => placeholderFor(type)));
  return {
    selected: columns
      .map(({ name, type }, number) => `${selectedAs(quoted(name), type)} AS key${number}`)
      .join(', '),
    ascending: names.join(', '),
    descending: names.map((name) => `${name} DESC`).join(', '),
    after: compared(columns, '>', '>'),
    upTo: compared(columns, '<', '<='),
    among: (count) => `${rowOf(names)} IN (${Array(count).fill(values).join(', ')})`,
  };
}

/** The values of a comparison with a key. */
export const boundsOf = (key: Key): readonly Value[] => key.flatMap((_, number) => key.slice(0, number + 1));

/** A number is sent as a text: the driver would send a double, and no index serves that. */
export const sentValue = (value: Value): Value => (typeof value === 'number' ? String(value) : value);

export type KeyRow = Readonly<Record<`key${number}`, Value>>;

/** The key in a row of a result. */
export function keyIn(row: KeyRow): Key {
  const key: Value[] = [];
  const next = () => row[`key${key.length}`];
  for (let value = next(); value !== undefined; value = next()) key.push(sentValue(value));
  return key;
}
