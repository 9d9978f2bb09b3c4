import { escapeIdentifier, escapeLiteral } from 'pg';
import type { TableForm } from '../../layouts/table-form.ts';
import type { Inspection } from './catalogue.ts';
import { quotedName, type Target } from './context.ts';

/** PostgreSQL silently cuts a longer name; names are ASCII. */
const longestName = 63;

const fitted = (table: string, suffix: string) => table.slice(0, longestName - suffix.length) + suffix;

/** Possible names of the clean-up index, best first: an index's name must be unique in the schema. */
export function indexNames({ table }: Target, { timeIndex: index }: TableForm): readonly string[] {
  const own = index.name.includes('{table}') ? fitted(table, index.name.replace('{table}', '')) : index.name;
  const others = ['', '1', '2', '3'].map((n) => fitted(table, `_${index.column}_idx${n}`));
  return [...new Set([own, ...others])];
}

/** All names to look up in the schema. */
export function namesToLookUp(target: Target, layout: TableForm): readonly string[] {
  const constraint = layout.primaryKey?.constraint;
  return [...indexNames(target, layout), ...(constraint ? [constraint] : [])];
}

const isTaken = ({ taken, table }: Inspection, name: string): boolean =>
  // A name that belongs to the table itself becomes free when the table, or its invalid leftover, is dropped.
  taken.some((other) => other.name === name && (table === undefined || other.indexOf !== table.oid));

/** The clean-up index's name; undefined lets PostgreSQL choose. */
export function indexName(inspection: Inspection, target: Target, layout: TableForm): string | undefined {
  return indexNames(target, layout).find((name) => !isTaken(inspection, name));
}

const named = (name: string | undefined) => (name === undefined ? '' : ` ${escapeIdentifier(name)}`);

export function createIndex(
  inspection: Inspection,
  target: Target,
  layout: TableForm,
  concurrently = false,
): string {
  const name = named(indexName(inspection, target, layout));
  const how = concurrently ? ' CONCURRENTLY' : '';
  return `CREATE INDEX${how}${name} ON ${quotedName(target)} (${escapeIdentifier(layout.timeIndex.column)})`;
}

/** The table in the form of its library's own DDL, with the clean-up index. */
export function createTable(inspection: Inspection, target: Target, layout: TableForm): readonly string[] {
  const columns = layout.columns.map(({ name, type, notNull, default: value }) =>
    [
      escapeIdentifier(name),
      type,
      ...(notNull ? ['NOT NULL'] : []),
      ...(value ? [`DEFAULT ${value}`] : []),
    ].join(' '),
  );
  const { columns: keys, constraint } = layout.primaryKey ?? { columns: [layout.key.column] };
  const isFree = constraint !== undefined && !isTaken(inspection, constraint);
  const key = `${isFree ? `CONSTRAINT ${escapeIdentifier(constraint)} ` : ''}PRIMARY KEY (${keys.map((key) => escapeIdentifier(key)).join(', ')})`;
  return [
    `CREATE TABLE ${quotedName(target)} (${[...columns, key].join(', ')})`,
    createIndex(inspection, target, layout),
  ];
}

export const writeComment = (target: Target, text: string): string =>
  `COMMENT ON TABLE ${quotedName(target)} IS ${text === '' ? 'NULL' : escapeLiteral(text)}`;
