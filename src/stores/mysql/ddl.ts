import { createHash } from 'node:crypto';
import { escape as literal } from 'mysql2';
import {
  type ChildTable,
  type Column,
  type Index,
  namedAfter,
  type TableForm,
  timeColumnOf,
} from '../../layouts/table-form.ts';
import type { Owner } from '../session-store.ts';
import type { TableFacts } from './catalogue.ts';
import { quoted, quotedName, type Target } from './context.ts';
import { timeIndexOf } from './shape.ts';

function columnDefinition(column: Column, nullable = !column.notNull): string {
  const { name, type, makes = type, isCurrent, collation } = column;
  return [
    ...[quoted(name), makes],
    ...(collation ? [collation] : []),
    nullable ? 'NULL' : 'NOT NULL',
    ...(column.default === undefined ? [] : [`DEFAULT ${column.default}`]),
    ...(isCurrent ? ['DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP'] : []),
  ].join(' ');
}

const listOf = (columns: readonly string[]): string => `(${columns.map(quoted).join(', ')})`;

function indexDefinition({ name, columns, unique }: Index, table: string): string {
  const named = `${quoted(namedAfter(name, table))} ${listOf(columns)}`;
  if (unique === 'constraint') return `CONSTRAINT ${named.replace('(', 'UNIQUE (')}`;
  return `${unique === 'index' ? 'UNIQUE ' : ''}KEY ${named}`;
}

/** Other row formats cannot index an id of 255 characters, and one of them may be the server's default. */
const tableDefaults: readonly (readonly [RegExp, string])[] = [
  [/\bENGINE\b/i, 'ENGINE = InnoDB'],
  [/\bROW_FORMAT\b/i, 'ROW_FORMAT = DYNAMIC'],
];

const optionsOf = (own = ''): string =>
  [own, ...tableDefaults.flatMap(([name, option]) => (name.test(own) ? [] : [option]))].join(' ').trim();

/** The whole table, with its indexes and its mark, in one atomic statement. `aside`: its name before an exchange. */
export function createTable(target: Target, layout: TableForm, comment: string, aside?: Target): string {
  const parts = [
    ...layout.columns.map((column) => columnDefinition(column)),
    // The server names a primary key PRIMARY in any case.
    `PRIMARY KEY ${listOf(layout.primaryKey?.columns ?? [layout.key.column])}`,
    ...layout.indexes.map((index) => indexDefinition(index, target.table)),
  ];
  const create = `CREATE TABLE ${aside ? 'IF NOT EXISTS ' : ''}${quotedName(aside ?? target)}`;
  return `${create} (${parts.join(', ')}) ${optionsOf(layout.tableOptions)} COMMENT = ${literal(comment)}`;
}

/** The location of a table with rows that go with a session. */
export const childTarget = ({ database, table }: Target, child: ChildTable): Target => ({
  database,
  table: namedAfter(child.table, table),
});

/** Such a table, if it is missing: it is made after the table that it refers to. */
export function createChild(target: Target, child: ChildTable): string {
  const { columns, primaryKey, foreignKey } = child;
  const { constraint, column, references } = foreignKey;
  const parts = [
    ...columns.map((one) => columnDefinition(one)),
    `PRIMARY KEY ${listOf(primaryKey.columns)}`,
    `CONSTRAINT ${quoted(namedAfter(constraint, target.table))} FOREIGN KEY ${listOf([column])} ` +
      `REFERENCES ${quotedName(target)} ${listOf([references])} ON DELETE CASCADE`,
  ];
  const create = `CREATE TABLE IF NOT EXISTS ${quotedName(childTarget(target, child))}`;
  return `${create} (${parts.join(', ')}) ${optionsOf(child.tableOptions)}`;
}

export const writeComment = (target: Target, text: string): string =>
  `ALTER TABLE ${quotedName(target)} COMMENT = ${literal(text)}`;

/** An index name that is not used in the table. */
function freeName({ indexes }: TableFacts, wanted: string): string {
  const taken = new Set(indexes.map(({ name }) => name.toLowerCase()));
  const names = [wanted, ...[1, 2, 3, 4].map((n) => `${wanted}_${n}`)];
  return names.find((name) => !taken.has(name.toLowerCase())) ?? `${wanted}_${indexes.length}`;
}

/** The clean-up index, built while the application continues to read and write. */
export function addIndex(target: Target, layout: TableForm, table: TableFacts): string {
  const { name, column } = layout.timeIndex;
  return (
    `ALTER TABLE ${quotedName(target)} ADD INDEX ${quoted(freeName(table, namedAfter(name, target.table)))} (${quoted(column)}), ` +
    'ALGORITHM = INPLACE, LOCK = NONE'
  );
}

const shortHash = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 10);

/**
 * Names of the new table that an overwrite builds, and of the old one before it is dropped. They follow from owner,
 * table and token: the next run continues a killed one, and of two concurrent runs only one can make the exchange.
 */
export function tablesAside({ database, table }: Target, owner: Owner, token: string) {
  const prefix = `_sessionstore_${shortHash(table, owner.installation, owner.namespace, owner.name)}`;
  const of = (kind: string): Target => ({ database, table: `${prefix}_${kind}_${shortHash(token)}` });
  return { prefix, fresh: of('new'), old: of('old') };
}

/** Both renames succeed or fail together, so the table exists at every moment. */
export const exchange = (target: Target, fresh: Target, old: Target): string =>
  `RENAME TABLE ${quotedName(target)} TO ${quotedName(old)}, ${quotedName(fresh)} TO ${quotedName(target)}`;

export const dropTable = (target: Target): string => `DROP TABLE IF EXISTS ${quotedName(target)}`;

/** The first step, so that later saved rows have a time. It changes no existing row and takes a moment. */
export const fillTimes = (target: Target, column: Column): string =>
  `ALTER TABLE ${quotedName(target)} MODIFY ${columnDefinition(column, true)}`;

/** The last step, once no row is NULL: changes everything that differs from a new table, except the id's collation. */
export function finishMigration(target: Target, layout: TableForm, table: TableFacts): string {
  const { timeIndex } = layout;
  const changed = layout.columns.filter(
    ({ name }) => name === layout.payload || name === timeColumnOf(layout),
  );
  const name = freeName(table, namedAfter(timeIndex.name, target.table));
  const parts = [
    ...changed.map((column) => `MODIFY ${columnDefinition(column)}`),
    ...(timeIndexOf(table, timeIndex.column) === undefined
      ? [`ADD INDEX ${quoted(name)} ${listOf([timeIndex.column])}`]
      : []),
  ];
  return `ALTER TABLE ${quotedName(target)} ${parts.join(', ')}`;
}
