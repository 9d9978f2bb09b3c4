import { type Column, type TableForm, timeColumnOf } from '../../layouts/table-form.ts';
import type { ColumnFacts, TableFacts } from './catalogue.ts';

const kinds: Readonly<Record<string, string>> = {
  VIEW: 'a view',
  'SYSTEM VIEW': 'a view',
  SEQUENCE: 'a sequence',
  'SYSTEM VERSIONED': 'a system-versioned table, which keeps every deleted session as history',
};

/** Whether it is something that can be cleaned. */
export const isTable = ({ type }: Pick<TableFacts, 'type'>): boolean => type === 'BASE TABLE';

/** A type that is accepted without its length is accepted with any. */
function isAccepted({ type, alsoAccepts = [] }: Column, found: string): boolean {
  const [base = found] = found.split('(');
  const [own = type] = type.split('(');
  return [type, own, ...alsoAccepts].some((accepted) => accepted === found || accepted === base);
}

function columnProblem(column: Column, found: ColumnFacts | undefined): string | undefined {
  const { name, type, notNull, isCurrent } = column;
  const expected = [type, ...(column.alsoAccepts ?? [])].join(' or ');
  if (!found) return `column ${name} is missing (expected ${expected})`;
  if (!isAccepted(column, found.type)) return `column ${name} is ${found.type} (expected ${expected})`;
  if (isCurrent && !found.defaultsToNow) {
    return (
      `column ${name} does not default to CURRENT_TIMESTAMP, and the library never names it: sessions get no time and ` +
      'are never old (setup.migrate: true changes that)'
    );
  }
  if (notNull && !isCurrent && found.nullable) return `column ${name} may be NULL (expected NOT NULL)`;
  return undefined;
}

function columnProblems({ columns }: TableFacts, layout: TableForm): readonly string[] {
  const known = layout.columns.flatMap(
    (column) =>
      columnProblem(
        column,
        columns.find(({ name }) => name === column.name),
      ) ?? [],
  );
  const obstacles = columns
    .filter(({ name, filled }) => !filled && !layout.columns.some((column) => column.name === name))
    .map(({ name }) => `column ${name} is NOT NULL without a default, and the library does not fill it`);
  return [...known, ...obstacles];
}

const reaches: Readonly<Record<string, string>> = {
  CASCADE: 'deletes rows there, too',
  'SET NULL': 'sets its column to NULL',
  'SET DEFAULT': 'sets its column to its default',
};

/** Properties because of which a DELETE would do less or more than it says. */
function deletionProblems({ engine, triggers, referencing }: TableFacts): readonly string[] {
  return [
    ...(engine === 'InnoDB'
      ? []
      : [
          `its engine is ${engine}, which cannot lock a row (expected InnoDB: ALTER TABLE … ENGINE = InnoDB)`,
        ]),
    ...triggers.map((name) => `trigger ${name} runs at every DELETE`),
    ...referencing.flatMap(({ constraint, table, onDelete }) =>
      reaches[onDelete]
        ? [`foreign key ${constraint} of ${table} ${reaches[onDelete]} when a session is deleted`]
        : [],
    ),
  ];
}

/** An index that the id alone, whole, makes unique. */
const hasUniqueKey = ({ indexes }: TableFacts, { key }: TableForm): boolean =>
  indexes.some(
    ({ columns, unique, usable }) => unique && usable && columns.length === 1 && columns[0] === key.column,
  );

/** Every difference between the table and the layout, as a phrase; empty if the table fits. */
export function shapeProblems(table: TableFacts, layout: TableForm): readonly string[] {
  if (!isTable(table)) {
    return [`it is ${kinds[table.type] ?? 'not a table'}, and only a table can be cleaned`];
  }
  const { column } = layout.key;
  return [
    ...columnProblems(table, layout),
    ...(hasUniqueKey(table, layout)
      ? []
      : [
          `no unique index on ${column} alone: a session could be saved twice, and clean-up finds its rows by it`,
        ]),
    ...deletionProblems(table),
  ];
}

/** Whether clean-up can go through an index in order of time; its name. */
export function timeIndexOf({ indexes }: TableFacts, { timeIndex: index }: TableForm): string | undefined {
  return indexes.find(({ columns, usable }) => usable && columns[0] === index.column)?.name;
}

/** The column that is the library's payload, where it holds less than what set-up would make. */
const isShort = (found: ColumnFacts | undefined): boolean => found?.type === 'blob';

/** Facts that do not prevent clean-up, but that the user should know. */
export function shapeNotes(table: TableFacts, layout: TableForm): readonly string[] {
  const columnOf = (name: string) => table.columns.find((column) => column.name === name);
  const [key, payload, time] = [
    columnOf(layout.key.column),
    columnOf(layout.payload),
    columnOf(timeColumnOf(layout)),
  ];
  const index = `no index on ${layout.timeIndex.column}: clean-up works without it and reads the whole table each time`;
  return [
    ...(timeIndexOf(table, layout) === undefined ? [index] : []),
    ...(isShort(payload)
      ? [`column ${payload?.name} ends at 64 KiB (setup.migrate: true changes that)`]
      : []),
    ...(time?.nullable
      ? [
          `column ${time.name} may be NULL: sessions without a time are kept (setup.migrate: true changes that)`,
        ]
      : []),
    ...(key?.collation?.endsWith('_ci')
      ? [`column ${key.name} treats upper and lower case as the same: two ids may be one session`]
      : []),
    ...table.referencing
      .filter(({ onDelete }) => !reaches[onDelete])
      .map(
        ({ constraint, table: other }) =>
          `foreign key ${constraint} of ${other} keeps the sessions it refers to from being deleted`,
      ),
  ];
}
