import { escapeIdentifier, escapeLiteral } from 'pg';
import type { Column, Index, TableForm } from '../../layouts/table-form.ts';
import type { Inspection } from './catalogue.ts';
import { quotedName, type Target } from './context.ts';

/** PostgreSQL silently cuts a longer name; names are ASCII. */
const longestName = 63;

const fitted = (table: string, suffix: string) => table.slice(0, longestName - suffix.length) + suffix;

/** A name with the table's in it, which is cut where the whole would be too long. */
function fittedName(name: string, table: string): string {
  const rest = name.replace('{table}', '');
  return name.replace('{table}', table.slice(0, longestName - rest.length));
}

type Named = Pick<Index, 'name' | 'columns'>;

const timeIndex = ({ timeIndex: { name, column } }: TableForm): Index => ({ name, columns: [column] });

/** Possible names of an index, best first: an index's name must be unique in the schema. */
export function indexNames(
  { table }: Target,
  layout: TableForm,
  { name, columns }: Named = timeIndex(layout),
): readonly string[] {
  const others = ['', '1', '2', '3'].map((n) => fitted(table, `_${columns.join('_')}_idx${n}`));
  return [...new Set([fittedName(name, table), ...others])];
}

/** The layout's own tables that refer to the main one. */
export const childTargets = ({ schema, table }: Target, { children = [] }: TableForm): readonly Target[] =>
  children.map((child) => ({ schema, table: fittedName(child.table, table) }));

/** All names to look up in the schema. */
export function namesToLookUp(target: Target, layout: TableForm): readonly string[] {
  const { children = [], indexes, primaryKey } = layout;
  const constraints = [primaryKey, ...children.map((child) => child.primaryKey)];
  return [
    ...indexNames(target, layout),
    ...indexes.flatMap((index) => indexNames(target, layout, index)),
    ...constraints.flatMap((key) => (key?.constraint ? [fittedName(key.constraint, target.table)] : [])),
    ...childTargets(target, layout).map(({ table }) => table),
  ];
}

export const isTaken = ({ taken, table }: Pick<Inspection, 'taken' | 'table'>, name: string): boolean =>
  // A name that belongs to the table itself becomes free when the table, or its invalid leftover, is dropped.
  taken.some((other) => other.name === name && (table === undefined || other.indexOf !== table.oid));

/** The index's name; undefined lets PostgreSQL choose. */
export function indexName(
  inspection: Inspection,
  target: Target,
  layout: TableForm,
  index: Named = timeIndex(layout),
): string | undefined {
  return indexNames(target, layout, index).find((name) => !isTaken(inspection, name));
}

const named = (name: string | undefined) => (name === undefined ? '' : ` ${escapeIdentifier(name)}`);
const listed = (columns: readonly string[], suffix = '') =>
  columns.map((column) => escapeIdentifier(column) + suffix).join(', ');

/** The clean-up index, by default. */
export function createIndex(
  inspection: Inspection,
  target: Target,
  layout: TableForm,
  { concurrently = false, index = timeIndex(layout) } = {},
): string {
  const name = named(indexName(inspection, target, layout, index));
  const kind = `${index.unique ? 'UNIQUE ' : ''}INDEX${concurrently ? ' CONCURRENTLY' : ''}`;
  const operators = index.operators ? ` ${index.operators}` : '';
  return `CREATE ${kind}${name} ON ${quotedName(target)} (${listed(index.columns, operators)})`;
}

const columnDefinition = ({ name, type, makes, collation, notNull, default: value }: Column): string =>
  [
    escapeIdentifier(name),
    makes ?? type,
    ...(collation ? [collation] : []),
    ...(notNull ? ['NOT NULL'] : []),
    ...(value ? [`DEFAULT ${value}`] : []),
  ].join(' ');

/** A constraint of the library's name, or of PostgreSQL's own where that is taken. */
function constraint(inspection: Inspection, name: string | undefined, table: string, rest: string): string {
  const own = name === undefined ? undefined : fittedName(name, table);
  const isFree = own !== undefined && !isTaken(inspection, own);
  return `${isFree ? `CONSTRAINT ${escapeIdentifier(own)} ` : ''}${rest}`;
}

/** The table in the form of its library's own DDL, with all of its indexes, and the tables that refer to it. */
export function createTable(inspection: Inspection, target: Target, layout: TableForm): readonly string[] {
  const { key, primaryKey = { columns: [key.column] }, indexes, unlogged } = layout;
  const { columns: keys, constraint: name } = primaryKey;
  const parts = [
    ...layout.columns.map(columnDefinition),
    constraint(inspection, name, target.table, `PRIMARY KEY (${listed(keys)})`),
    ...indexes
      .filter(({ unique }) => unique === 'constraint')
      .map((index) => constraint(inspection, index.name, target.table, `UNIQUE (${listed(index.columns)})`)),
  ];
  return [
    `CREATE ${unlogged ? 'UNLOGGED ' : ''}TABLE ${quotedName(target)} (${parts.join(', ')})`,
    ...indexes
      .filter(({ unique }) => unique !== 'constraint')
      .map((index) => createIndex(inspection, target, layout, { index })),
    ...createChildren(inspection, target, layout),
  ];
}

/** The tables that refer to the main one. */
export function createChildren(
  inspection: Inspection,
  target: Target,
  { children = [], unlogged }: TableForm,
): readonly string[] {
  return children.map(({ columns, primaryKey, foreignKey, table }) => {
    const child = { ...target, table: fittedName(table, target.table) };
    const { constraint: name, column, references } = foreignKey;
    const reference =
      `CONSTRAINT ${escapeIdentifier(fittedName(name, target.table))} FOREIGN KEY (${escapeIdentifier(column)}) ` +
      `REFERENCES ${quotedName(target)} (${escapeIdentifier(references)}) ON DELETE CASCADE`;
    const parts = [
      ...columns.map(columnDefinition),
      constraint(
        inspection,
        primaryKey.constraint,
        target.table,
        `PRIMARY KEY (${listed(primaryKey.columns)})`,
      ),
      reference,
    ];
    return `CREATE ${unlogged ? 'UNLOGGED ' : ''}TABLE ${quotedName(child)} (${parts.join(', ')})`;
  });
}

/** The schema, where the layout names it. */
export const createSchema = ({ schema }: Target): string =>
  `CREATE SCHEMA IF NOT EXISTS ${escapeIdentifier(schema)}`;

export const writeComment = (target: Target, text: string): string =>
  `COMMENT ON TABLE ${quotedName(target)} IS ${text === '' ? 'NULL' : escapeLiteral(text)}`;
