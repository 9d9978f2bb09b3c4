import type { Column, TableForm } from '../../layouts/table-form.ts';
import type { ColumnFacts, RelationFacts, TableFacts } from './catalogue.ts';

const kinds: Readonly<Record<string, string>> = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
  i: 'an index',
  I: 'an index',
  S: 'a sequence',
  c: 'a composite type',
};

/** True for an object that can be cleaned: a table, whole or in partitions. */
export const isTable = ({ kind }: Pick<TableFacts, 'kind'>): boolean => kind === 'r' || kind === 'p';

const withoutModifier = (type: string) => type.replace(/\(\d+(,\d+)?\)/, '');

/** A type that is accepted without a modifier is accepted with any: `character varying(255)`. */
function acceptedType(column: Column, type: string): boolean {
  const accepted = [column.type, ...(column.alsoAccepts ?? [])];
  return accepted.includes(type) || accepted.includes(withoutModifier(type));
}

function columnProblem(column: Column, found: ColumnFacts | undefined): string | undefined {
  const expected = [column.type, ...(column.alsoAccepts ?? [])].join(' or ');
  if (!found) return `column ${column.name} is missing (expected ${expected})`;
  if (!acceptedType(column, found.type)) {
    return `column ${column.name} is ${found.type} (expected ${expected})`;
  }
  if (column.notNull && !found.notNull) return `column ${column.name} may be NULL (expected NOT NULL)`;
  return undefined;
}

/** True for a column that the library does not know and that every INSERT must name. */
function isObstacle({ name, notNull, filled }: ColumnFacts, layout: TableForm): boolean {
  return notNull && !filled && !layout.columns.some((column) => column.name === name);
}

function columnProblems(table: TableFacts, layout: TableForm): readonly string[] {
  const known = layout.columns.flatMap(
    (column) =>
      columnProblem(
        column,
        table.columns.find(({ name }) => name === column.name),
      ) ?? [],
  );
  const obstacles = table.columns
    .filter((column) => isObstacle(column, layout))
    .map(({ name }) => `column ${name} is NOT NULL without a default, and the library does not fill it`);
  return [...known, ...obstacles];
}

/** Properties because of which a DELETE would do less or more than it says. */
function relationProblems({ table, kind, rowSecurity, triggers, rules }: RelationFacts): readonly string[] {
  return [
    ...(kind === 'r' || kind === 'p' ? [] : [`partition ${table} is ${kinds[kind] ?? 'not a table'}`]),
    ...(rowSecurity
      ? [`row-level security on ${table} applies to this role and hides rows from clean-up`]
      : []),
    ...triggers.map((name) => `trigger ${name} on ${table} runs at every DELETE`),
    ...rules.map((name) => `rule ${name} on ${table} changes every DELETE`),
  ];
}

const reaches: Readonly<Record<string, string>> = {
  c: 'deletes rows there, too',
  n: 'sets its column to NULL',
  d: 'sets its column to its default',
};

/** Every difference between the table and the layout, as a phrase; empty if the table fits. */
export function shapeProblems(table: TableFacts, layout: TableForm): readonly string[] {
  if (!isTable(table))
    return [`it is ${kinds[table.kind] ?? 'not a table'}, and only a table can be cleaned`];
  return [
    ...columnProblems(table, layout),
    ...(table.hasInheritors ? ['other tables inherit from it: deleted rows may be stored there'] : []),
    ...table.relations.flatMap(relationProblems),
    ...table.referencing.flatMap(({ constraint, table: other, onDelete }) =>
      reaches[onDelete]
        ? [`foreign key ${constraint} of ${other} ${reaches[onDelete]} when a session is deleted`]
        : [],
    ),
  ];
}

/** True if clean-up can use an index in order of time. */
export function hasTimeIndex(table: TableFacts, layout: TableForm): boolean {
  return table.indexes.some(
    ({ columns, method, valid, partial }) =>
      columns[0] === layout.timeIndex.column && method === 'btree' && valid && !partial,
  );
}

/** Facts that do not prevent clean-up, but that the user should know. */
export function shapeNotes(table: TableFacts, layout: TableForm): readonly string[] {
  const key = layout.key.column;
  const isUnique = table.indexes.some(
    ({ columns, unique, valid, partial }) =>
      columns.length === 1 && columns[0] === key && unique && valid && !partial,
  );
  const index = `no index on ${layout.timeIndex.column}: clean-up works without it and reads the whole table each time`;
  return [
    ...(hasTimeIndex(table, layout) ? [] : [index]),
    ...(isUnique ? [] : [`no unique index on ${key} alone: the library may save a session twice`]),
    ...table.referencing
      .filter(({ onDelete }) => !reaches[onDelete])
      .map(({ constraint, table: other, indexed }) =>
        [
          `foreign key ${constraint} of ${other} keeps the sessions it refers to from being deleted`,
          ...(indexed ? [] : [`and has no index there: every deleted session reads all of ${other}`]),
        ].join(', '),
      ),
  ];
}
