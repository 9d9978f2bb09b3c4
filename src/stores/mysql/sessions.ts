import { type TableForm, timeColumnOf } from '../../layouts/table-form.ts';
import type { Session } from '../session-store.ts';
import { requireOwnForm } from '../tables/own-form.ts';
import { retry } from '../tables/retry.ts';
import { bytesOf, checkedId as checked, pageSize, type SessionRow, sessionsIn } from '../tables/sessions.ts';
import { typeIn } from '../tables/shape-types.ts';
import type { Value } from './connection.ts';
import { type MysqlContext, quoted, quotedName } from './context.ts';
import { hasNumber } from './errors.ts';
import { boundsOf, type KeyRow, keyIn, type TableKey, tableKey } from './table-key.ts';

/** In characters, the maximum of session3's own column. */
const longestId = 255;

/**
 * Sends a statement, again after each deadlock: InnoDB's locks of gaps let even single statements of several processes end
 * in one, and the server has then rolled the statement back.
 */
const write = ({ connection }: MysqlContext, text: string, values: readonly Value[]): Promise<number> =>
  retry(
    () => connection.change(text, values),
    (error) => hasNumber(error, 1213),
    { tries: 10, firstRestMs: 0 },
  );

/** The session's payload; for a text column, its text in UTF-8. */
export async function loadSession(context: MysqlContext, id: string): Promise<Uint8Array | undefined> {
  const { key, payload, table } = namesIn(context);
  const [row] = await context.connection.query<SessionRow>(
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
  await write(
    context,
    `REPLACE INTO ${table} (${key}, ${payload}, ${time}) VALUES (?, ?, CURRENT_TIMESTAMP)`,
    [checkedId(id), bytes],
  );
}

/** Deletes the session if it exists. */
export async function deleteSession(context: MysqlContext, id: string): Promise<void> {
  const { key, table } = namesIn(context);
  await write(context, `DELETE FROM ${table} WHERE ${key} = ?`, [checkedId(id)]);
}

/** True if the session exists; its payload is not read. */
export async function hasSession(context: MysqlContext, id: string): Promise<boolean> {
  const { key, table } = namesIn(context);
  const rows = await context.connection.query(`SELECT 1 FROM ${table} WHERE ${key} = ?`, [checkedId(id)]);
  return rows.length > 0;
}

/** Every session, in order of its id where that is unique, otherwise of the primary key. */
export function iterSessions({ connection, layout, target }: MysqlContext): AsyncGenerator<Session> {
  const { key, payload, table } = namesIn({ layout, target });
  const order = orderIn(layout);
  const page = (after: string) =>
    `SELECT ${key} AS id, ${payload} AS payload, ${order.selected} FROM ${table} WHERE ${key} IS NOT NULL ${after}
      ORDER BY ${order.ascending} LIMIT ${pageSize}`;
  return sessionsIn<SessionRow & KeyRow>((last) =>
    last === undefined
      ? connection.query(page(''))
      : connection.query(page(`AND ${order.after}`), boundsOf(keyIn(last))),
  );
}

/** The columns that order the pages: no two rows have the same values. */
function orderIn({ key, primaryKey, columns }: TableForm): TableKey {
  const names = key.is === 'plain' && primaryKey ? primaryKey.columns : [key.column];
  return tableKey(names.map((name) => ({ name, type: typeIn(columns, name) })));
}

function namesIn({ layout, target }: Pick<MysqlContext, 'layout' | 'target'>) {
  return {
    table: quotedName(target),
    key: quoted(layout.key.column),
    time: quoted(timeColumnOf(layout)),
    payload: quoted(layout.payload),
  };
}

function checkedId(id: string): string {
  // The server ignores a trailing space when it compares.
  const isLong = [...id].length > longestId;
  const wrong = id.endsWith(' ') ? 'ends in a space' : isLong && `is longer than ${longestId} characters`;
  return checked(id, 'MySQL', wrong || undefined);
}
