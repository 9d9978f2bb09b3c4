import { type TableForm, timeColumnOf } from '../../layouts/table-form.ts';
import type { Session } from '../session-store.ts';
import { StoreError } from '../store-error.ts';
import { requireOwnForm } from '../tables/own-form.ts';
import { type MysqlContext, quoted, quotedName } from './context.ts';
import { boundsOf, type KeyRow, keyIn, type TableKey, tableKey } from './table-key.ts';

/** Number of sessions in memory while all are read. */
const pageSize = 100;
/** In characters, the maximum of session3's own column. */
const longestId = 255;

interface Row {
  readonly id: string | Uint8Array;
  readonly payload: Uint8Array | string;
}

/** The session's payload; for a text column, its text in UTF-8. */
export async function loadSession(context: MysqlContext, id: string): Promise<Uint8Array | undefined> {
  const { key, payload, table } = namesIn(context);
  const [row] = await context.connection.query<Row>(
    `SELECT ${key} AS id, ${payload} AS payload FROM ${table} WHERE ${key} = ?`,
    [checkedId(id)],
  );
  return row && bytesOf(row.payload);
}

/**
 * Inserts or replaces the session; its time becomes the current one in either case, for any rules of the column. Throws
 * InvalidInput for a layout with more in a session's row than bytes and a time of change.
 */
export async function saveSession(context: MysqlContext, id: string, bytes: Uint8Array): Promise<void> {
  requireOwnForm(context.layout, context.age, context.layoutName);
  const { key, payload, time, table } = namesIn(context);
  await context.connection.change(
    `REPLACE INTO ${table} (${key}, ${payload}, ${time}) VALUES (?, ?, CURRENT_TIMESTAMP)`,
    [checkedId(id), bytes],
  );
}

/** Deletes the session if it exists. */
export async function deleteSession(context: MysqlContext, id: string): Promise<void> {
  const { key, table } = namesIn(context);
  await context.connection.change(`DELETE FROM ${table} WHERE ${key} = ?`, [checkedId(id)]);
}

/** True if the session exists; its payload is not read. */
export async function hasSession(context: MysqlContext, id: string): Promise<boolean> {
  const { key, table } = namesIn(context);
  const rows = await context.connection.query(`SELECT 1 FROM ${table} WHERE ${key} = ?`, [checkedId(id)]);
  return rows.length > 0;
}

/**
 * Every session, page by page, in order of its id where that is unique, otherwise of the primary key: no transaction is
 * open while the caller works.
 */
export async function* iterSessions(context: MysqlContext): AsyncGenerator<Session> {
  const { key, payload, table } = namesIn(context);
  const order = orderIn(context.layout);
  const page = (after: string) =>
    `SELECT ${key} AS id, ${payload} AS payload, ${order.selected} FROM ${table} WHERE ${key} IS NOT NULL ${after}
      ORDER BY ${order.ascending} LIMIT ${pageSize}`;
  let last: (Row & KeyRow) | undefined;
  do {
    const rows: (Row & KeyRow)[] = await (last === undefined
      ? context.connection.query<Row & KeyRow>(page(''))
      : context.connection.query<Row & KeyRow>(page(`AND ${order.after}`), boundsOf(keyIn(last))));
    for (const { id, payload: found } of rows) yield [textOf(id), bytesOf(found)];
    last = rows.length === pageSize ? rows.at(-1) : undefined;
  } while (last !== undefined);
}

/** The columns that order the pages: no two rows have the same values. */
function orderIn({ key, primaryKey, columns }: TableForm): TableKey {
  const names = key.is === 'plain' && primaryKey ? primaryKey.columns : [key.column];
  const typeOf = (name: string) => columns.find((column) => column.name === name)?.type ?? '';
  return tableKey(names.map((name) => ({ name, type: typeOf(name) })));
}

function namesIn({ layout, target }: MysqlContext) {
  return {
    table: quotedName(target),
    key: quoted(layout.key.column),
    time: quoted(timeColumnOf(layout)),
    payload: quoted(layout.payload),
  };
}

const bytesOf = (payload: Uint8Array | string): Uint8Array =>
  typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload;

const textOf = (id: string | Uint8Array): string =>
  typeof id === 'string' ? id : Buffer.from(id).toString('utf8');

function checkedId(id: string): string {
  const wrong = whatIsWrong(id);
  if (wrong === undefined) return id;
  throw new StoreError(
    'InvalidInput',
    `Expected a session's id that MySQL can store; got ${JSON.stringify(id.slice(0, 64))}, which ${wrong}`,
  );
}

function whatIsWrong(id: string): string | undefined {
  if (id === '') return 'is empty';
  // The server ignores a trailing space when it compares.
  if (id.endsWith(' ')) return 'ends in a space';
  if (!id.isWellFormed()) return 'is not well-formed text';
  return [...id].length > longestId ? `is longer than ${longestId} characters` : undefined;
}
