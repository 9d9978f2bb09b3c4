import { cascadesOf } from '../../layouts/resolve.ts';
import type { TableForm } from '../../layouts/table-form.ts';
import { columnProblems, type FoundColumn, sumProblems } from '../tables/shape-columns.ts';
import type { ReferenceFacts, RelationFacts, TableFacts } from './catalogue.ts';

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

/** The columns as both SQL stores compare them. */
export const foundColumns = ({ columns }: Pick<TableFacts, 'columns'>): readonly FoundColumn[] =>
  columns.map(({ name, type, notNull, filled }) => ({
    name,
    type,
    nullable: !notNull,
    filled: filled || !notNull,
  }));

/** Properties because of which a DELETE would do less or more than it says. */
function relationProblems({ table, kind, rowSecurity, triggers, rules }: RelationFacts): readonly string[] {
  return [
    ...(kind === 'r' || kind === 'p' ? [] : [`partition ${table} is ${kinds[kind] ?? 'not a table'}`]),
    ...(rowSecurity
      ? [
          `row-level security on ${table} applies to this role and hides rows from clean-up: use the table’s owner (with ` +
            'ALTER TABLE … NO FORCE ROW LEVEL SECURITY where it is forced), or a role with BYPASSRLS',
        ]
      : []),
    ...triggers.map((name) => `trigger ${name} on ${table} runs at every DELETE: drop it, or disable it`),
    ...rules.map((name) => `rule ${name} on ${table} changes every DELETE: drop it`),
  ];
}

const reaches: Readonly<Record<string, string>> = {
  c: 'deletes rows there, too,',
  n: 'sets its column to NULL',
  d: 'sets its column to its default',
};

/** Only a layout of one's own may name tables that a DELETE reaches. */
const hintOf = (onDelete: string, other: string): string =>
  onDelete === 'c' ? `, or, in a custom layout, name ${other} in customLayout.table.cascades` : '';

/** True for a foreign key by which rows of the layout's own tables go with a session. */
export const isOwnCascade = (
  { onDelete, name }: Pick<ReferenceFacts, 'onDelete' | 'name'>,
  layout: TableForm,
  table: string,
): boolean => onDelete === 'c' && cascadesOf(layout, table).includes(name);

function referenceProblem(reference: ReferenceFacts, layout: TableForm, table: string): readonly string[] {
  const { constraint, table: other, onDelete, further } = reference;
  if (isOwnCascade(reference, layout, table)) {
    return further.map(
      (name) => `${name} acts on rows of ${other} that are deleted with a session: drop it, or disable it`,
    );
  }
  return reaches[onDelete]
    ? [
        `foreign key ${constraint} of ${other} ${reaches[onDelete]} when a session is deleted: change its ON DELETE${hintOf(onDelete, other)}`,
      ]
    : [];
}

/**
 * Every difference between the table, of this name, and the layout, as a phrase; empty if the table fits.
 */
export function shapeProblems(found: TableFacts, layout: TableForm, table: string): readonly string[] {
  if (!isTable(found))
    return [`it is ${kinds[found.kind] ?? 'not a table'}, and only a table can be cleaned`];
  return [
    ...columnProblems(foundColumns(found), layout),
    ...sumProblems(found.columns, layout),
    ...(found.hasInheritors
      ? [
          'other tables inherit from it, which may hold the rows: name the table that holds the sessions itself',
        ]
      : []),
    ...found.relations.flatMap(relationProblems),
    ...found.referencing.flatMap((reference) => referenceProblem(reference, layout, table)),
  ];
}

/** True if clean-up can use an index in order of time. */
export function hasTimeIndex(table: TableFacts, layout: TableForm): boolean {
  return table.indexes.some(
    ({ columns, method, valid, partial }) =>
      columns[0] === layout.timeIndex.column && method === 'btree' && valid && !partial,
  );
}

function keyNotes({ indexes }: TableFacts, { key }: TableForm): readonly string[] {
  const isUnique = indexes.some(
    ({ columns, unique, valid, partial }) =>
      columns.length === 1 && columns[0] === key.column && unique && valid && !partial,
  );
  return isUnique || key.is === 'plain'
    ? []
    : [`no unique index on ${key.column} alone: the library may save a session twice`];
}

/** Facts that do not prevent clean-up, but that the user should know. */
export function shapeNotes(found: TableFacts, layout: TableForm, table: string): readonly string[] {
  const index = `no index on ${layout.timeIndex.column}: clean-up works without it and reads the whole table each time`;
  // No index serves a sum.
  const isIndexable = layout.rules[0].plus === undefined;
  return [
    ...(hasTimeIndex(found, layout) || !isIndexable ? [] : [index]),
    ...keyNotes(found, layout),
    ...found.referencing
      .filter((reference) => !reaches[reference.onDelete] || isOwnCascade(reference, layout, table))
      .flatMap((reference) => referenceNotes(reference, isOwnCascade(reference, layout, table))),
  ];
}

function referenceNotes({ constraint, table, indexed }: ReferenceFacts, isOwn: boolean): readonly string[] {
  const slow = `every deleted session reads all of ${table}`;
  if (isOwn) return indexed ? [] : [`foreign key ${constraint} of ${table} has no index there: ${slow}`];
  const keeps = `foreign key ${constraint} of ${table} keeps the sessions it refers to from being deleted`;
  return [indexed ? keeps : `${keeps}, and has no index there: ${slow}`];
}
