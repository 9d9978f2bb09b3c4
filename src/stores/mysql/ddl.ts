import { createHash } from 'node:crypto';
import { escape as literal } from 'mysql2';
import { type Column, type TableForm, timeColumnOf } from '../../layouts/table-form.ts';
import type { Owner } from '../session-store.ts';
import type { TableFacts } from './catalogue.ts';
import { quoted, quotedName, type Target } from './context.ts';
import { timeIndexOf } from './shape.ts';

function columnDefinition({ name, type, notNull, isCurrent, collation }: Column, nullable = !notNull) {
  return [
    ...[quoted(name), type],
    ...(collation ? [collation] : []),
    nullable ? 'NULL' : 'NOT NULL',
    ...(isCurrent ? ['DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP'] : []),
  ].join(' ');
}

/** The whole table, with its index and its mark, in one atomic statement. */
export function createTable(target: Target, layout: TableForm, comment: string, ifNotExists = false): string {
  const parts = [
    ...layout.columns.map((column) => columnDefinition(column)),
    `PRIMARY KEY (${quoted(layout.key.column)})`,
    ...layout.indexes.map(({ name, columns }) => `KEY ${quoted(name)} (${columns.map(quoted).join(', ')})`),
  ];
  // Other row formats cannot index an id of 255 characters, and one of them may be the server's default.
  const create = `CREATE TABLE ${ifNotExists ? 'IF NOT EXISTS ' : ''}${quotedName(target)}`;
  return `${create} (${parts.join(', ')}) ENGINE = InnoDB ROW_FORMAT = DYNAMIC COMMENT = ${literal(comment)}`;
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
    `ALTER TABLE ${quotedName(target)} ADD INDEX ${quoted(freeName(table, name))} (${quoted(column)}), ` +
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
  const changed = layout.columns.filter(
    ({ name }) => name === layout.payload || name === timeColumnOf(layout),
  );
  const parts = [
    ...changed.map((column) => `MODIFY ${columnDefinition(column)}`),
    ...(timeIndexOf(table, layout) === undefined
      ? [`ADD INDEX ${quoted(freeName(table, layout.timeIndex.name))} (${quoted(layout.timeIndex.column)})`]
      : []),
  ];
  return `ALTER TABLE ${quotedName(target)} ${parts.join(', ')}`;
}
