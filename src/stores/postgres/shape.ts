import { cascadesOf } from '../../layouts/resolve.ts';
import type { TableForm } from '../../layouts/table-form.ts';
import { isReaching, keepingNote, reachingProblem } from '../tables/references.ts';
import { columnProblems, type FoundColumn, sumProblems } from '../tables/shape-columns.ts';
import { noTimeIndex, notATable } from '../tables/shape-words.ts';
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

/** True for a foreign key by which rows of the layout's own tables go with a session. */
export const isOwnCascade = (
  { onDelete, name }: Pick<ReferenceFacts, 'onDelete' | 'name'>,
  layout: TableForm,
  table: string,
): boolean => onDelete === 'CASCADE' && cascadesOf(layout, table).includes(name);

function referenceProblem(reference: ReferenceFacts, layout: TableForm, table: string): readonly string[] {
  if (isOwnCascade(reference, layout, table)) {
    return reference.further.map(
      (name) =>
        `${name} acts on rows of ${reference.table} that are deleted with a session: drop it, or disable it`,
    );
  }
  return isReaching(reference) ? [reachingProblem(reference)] : [];
}

/**
 * Every difference between the table, of this name, and the layout, as a phrase; empty if the table fits.
 */
export function shapeProblems(found: TableFacts, layout: TableForm, table: string): readonly string[] {
  if (!isTable(found)) return [notATable(kinds[found.kind])];
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
  // No index serves a sum.
  const isIndexable = layout.rules[0].plus === undefined;
  return [
    ...(hasTimeIndex(found, layout) || !isIndexable ? [] : [noTimeIndex(layout)]),
    ...keyNotes(found, layout),
    ...found.referencing
      .filter((reference) => !isReaching(reference) || isOwnCascade(reference, layout, table))
      .flatMap((reference) => referenceNotes(reference, isOwnCascade(reference, layout, table))),
  ];
}

function referenceNotes(reference: ReferenceFacts, isOwn: boolean): readonly string[] {
  const { constraint, table, indexed } = reference;
  const slow = `every deleted session reads all of ${table}`;
  if (isOwn) return indexed ? [] : [`foreign key ${constraint} of ${table} has no index there: ${slow}`];
  const keeps = keepingNote(reference);
  return [indexed ? keeps : `${keeps}, and has no index there: ${slow}`];
}
