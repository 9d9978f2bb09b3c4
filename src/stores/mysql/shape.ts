import type { AgeKind } from '../../layouts/layout.ts';
import { type TableForm, timeColumnOf } from '../../layouts/table-form.ts';
import { isOwnForm } from '../tables/own-form.ts';
import { isReaching, keepingNote, reachingProblem } from '../tables/references.ts';
import { columnProblems, sumProblems } from '../tables/shape-columns.ts';
import { acceptsType } from '../tables/shape-types.ts';
import { noTimeIndex, notATable } from '../tables/shape-words.ts';
import { type ColumnFacts, type IndexFacts, isForeignReach, type TableFacts } from './catalogue.ts';

const kinds: Readonly<Record<string, string>> = {
  VIEW: 'a view',
  'SYSTEM VIEW': 'a view',
  SEQUENCE: 'a sequence',
  'SYSTEM VERSIONED': 'a system-versioned table, which keeps every deleted session as history',
};

/** Whether it is something that can be cleaned. */
export const isTable = ({ type }: Pick<TableFacts, 'type'>): boolean => type === 'BASE TABLE';

const columnOf = ({ columns }: TableFacts, name: string): ColumnFacts | undefined =>
  columns.find((column) => column.name === name);

/** Whether setup.migrate can change anything: only where the library relies on the server for the time. */
export const isMigrating = ({ columns }: TableForm): boolean => columns.some(({ isCurrent }) => isCurrent);

/** Times that nothing writes: the library relies on the server for them. */
function timeProblems(table: TableFacts, { columns }: TableForm): readonly string[] {
  return columns.flatMap((column) => {
    const found = columnOf(table, column.name);
    if (!column.isCurrent || !found || found.defaultsToNow || !acceptsType(column, found.type)) return [];
    return [
      `column ${column.name} does not default to CURRENT_TIMESTAMP, and the library never names it: sessions get no time ` +
        'and are never old (setup.migrate: true changes that)',
    ];
  });
}

/** Properties because of which a DELETE would do less or more than it says. */
function deletionProblems(table: TableFacts): readonly string[] {
  const { engine, triggers, referencing } = table;
  return [
    ...(engine === 'InnoDB'
      ? []
      : [
          `its engine is ${engine}, which cannot lock a row (expected InnoDB: ALTER TABLE … ENGINE = InnoDB)`,
        ]),
    ...triggers.map((name) => `trigger ${name} runs at every DELETE: drop it`),
    ...referencing.filter(isForeignReach).map(reachingProblem),
  ];
}

/** An index that the id alone, whole, makes unique. */
const hasUniqueKey = ({ indexes }: TableFacts, { key }: TableForm): boolean =>
  indexes.some(
    ({ columns, unique, usable }) => unique && usable && columns.length === 1 && columns[0] === key.column,
  );

/** The index that a pass over the table follows: the primary key, or another that each row is in once. */
export function keyIndexOf(table: TableFacts): IndexFacts | undefined {
  const isKey = ({ columns, unique, usable }: IndexFacts) =>
    unique && usable && columns.every((name) => name !== null && columnOf(table, name)?.nullable === false);
  const keys = table.indexes.filter(isKey);
  return (
    keys.find(({ name }) => name === 'PRIMARY') ?? keys.find(({ columns }) => columns.length === 1) ?? keys[0]
  );
}

function keyProblems(table: TableFacts, layout: TableForm, age: AgeKind): readonly string[] {
  if (isOwnForm(layout, age) && !hasUniqueKey(table, layout)) {
    return [
      `no unique index on ${layout.key.column} alone: a session could be saved twice, and clean-up finds its rows by it`,
    ];
  }
  return keyIndexOf(table)
    ? []
    : [
        'no primary key, and no unique index on columns that are NOT NULL: clean-up goes over the rows in the order of one ' +
          '(ALTER TABLE … ADD PRIMARY KEY …)',
      ];
}

/** Every difference between the table and the layout, as a phrase; empty if the table fits. */
export function shapeProblems(table: TableFacts, layout: TableForm, age: AgeKind): readonly string[] {
  if (!isTable(table)) return [notATable(kinds[table.type])];
  return [
    ...columnProblems(table.columns, layout),
    ...timeProblems(table, layout),
    ...sumProblems(table.columns, layout),
    ...keyProblems(table, layout, age),
    ...deletionProblems(table),
  ];
}

/** The name of an index that is in order of the column. */
export const timeIndexOf = ({ indexes }: TableFacts, column: string): string | undefined =>
  indexes.find(({ columns, usable }) => usable && columns[0] === column)?.name;

/** The column that is the library's payload, where it holds less than what set-up would make. */
const isShort = (found: ColumnFacts | undefined, { columns, payload }: TableForm): boolean =>
  found?.type === 'blob' && columns.find(({ name }) => name === payload)?.type !== 'blob';

/** Facts that do not prevent clean-up, but that the user should know. */
export function shapeNotes(table: TableFacts, layout: TableForm): readonly string[] {
  const [key, payload, time] = [layout.key.column, layout.payload, timeColumnOf(layout)].map((name) =>
    columnOf(table, name),
  );
  const remedy = isMigrating(layout) ? ' (setup.migrate: true changes that)' : '';
  const hasCase = layout.columns.some(({ name, collation }) => name === key?.name && collation);
  return [
    ...(timeIndexOf(table, layout.timeIndex.column) === undefined ? [noTimeIndex(layout)] : []),
    ...(isShort(payload, layout) ? [`column ${payload?.name} ends at 64 KiB${remedy}`] : []),
    ...(time?.nullable && layout.rules[0].at.nullMeans !== 'never'
      ? [`column ${time.name} may be NULL: sessions without a time are kept${remedy}`]
      : []),
    ...(hasCase && key?.collation?.endsWith('_ci')
      ? [`column ${key.name} treats upper and lower case as the same: two ids may be one session`]
      : []),
    ...table.referencing.filter((reference) => !isReaching(reference)).map(keepingNote),
  ];
}
