import { escapeIdentifier } from 'pg';
import { timeColumnOf } from '../../layouts/table-form.ts';
import type { Session } from '../session-store.ts';
import { StoreError } from '../store-error.ts';
import { requireOwnForm } from '../tables/own-form.ts';
import { bytesOf, checkedId as checked, pageSize, type SessionRow, sessionsIn } from '../tables/sessions.ts';
import { familyOf, typeIn } from '../tables/shape-types.ts';
import { sessionCondition } from '../tables/stale-test.ts';
import type { PostgresConnection } from './connection.ts';
import { type PostgresContext, quotedName } from './context.ts';
import { inZone } from './cutoff.ts';
import { hasCode } from './errors.ts';
import { timeWords } from './time-words.ts';

/** Qualified, like every name here: a session is loaded in one round trip, under the role's own search path. */
const equals = 'OPERATOR(pg_catalog.=)';
/** In bytes; a B-tree of PostgreSQL accepts no key of more than 2,704. */
const longestId = 1024;

/** The session's payload; for a text or JSON column, its text in UTF-8. */
export async function loadSession(context: PostgresContext, id: string): Promise<Uint8Array | undefined> {
  const { payload, table, isSession } = namesIn(context);
  const { rows } = await unlessNoKey(
    context.connection.query<{ payload: Buffer | string }>(
      `SELECT ${payload} AS payload FROM ${table} WHERE ${isSession}`,
      [keyOf(context, id)],
    ),
  );
  return rows[0] && bytesOf(rows[0].payload);
}

/**
 * Inserts or replaces the session; its time becomes the current one in either case. Throws InvalidInput for a layout
 * whose sessions have more than bytes and a time of change, and ShapeMismatch for a table that cannot hold them.
 */
export async function saveSession(context: PostgresContext, id: string, bytes: Uint8Array): Promise<void> {
  const { connection, layout, age, layoutName, timeZone } = context;
  requireOwnForm(layout, age, layoutName);
  const { key, column, time, table } = namesIn(context);
  // coalesce() accepts two values of one type only: PostgreSQL would write bytes into a text column as hexadecimal.
  const statement = `
    INSERT INTO ${table} (${key}, ${column}, ${time}) VALUES ($1, $2::pg_catalog.bytea, pg_catalog.now())
    ON CONFLICT (${key}) DO UPDATE SET ${column} = coalesce(EXCLUDED.${column}, $2::pg_catalog.bytea), ${time} = EXCLUDED.${time}`;
  const save = () => connection.query(statement, [checkedId(id), bytes]);
  try {
    await (timeZone === undefined
      ? settled(connection, save)
      : inZone(connection, { source: 'Spec', name: timeZone }, save));
  } catch (error) {
    // datatype_mismatch: the payload's column is text; invalid_column_reference: no unique index on the id.
    if (!hasCode(error, '42804', '42P10')) throw error;
    throw new StoreError(
      'ShapeMismatch',
      `Expected ${table} to take bytes in ${column} and to have a unique index on ${key} alone, as the layout ` +
        `${layoutName} makes it: alter the table, or save sessions with their own library`,
      { cause: error },
    );
  }
}

/** Deletes the session if it exists. */
export async function deleteSession(context: PostgresContext, id: string): Promise<void> {
  const { table, isSession } = namesIn(context);
  const { connection } = context;
  const remove = () =>
    unlessNoKey(connection.query(`DELETE FROM ${table} WHERE ${isSession}`, [keyOf(context, id)]));
  await settled(connection, remove);
}

/**
 * Repeats the work in READ COMMITTED if the role's default is stricter and refuses it because other clients write the
 * same session.
 */
async function settled(connection: PostgresConnection, work: () => Promise<unknown>): Promise<void> {
  await work().catch((error: unknown) => {
    if (!hasCode(error, '40001')) throw error;
    return connection.transaction(work);
  });
}

/** True if the session exists; its payload is not read. */
export async function hasSession(context: PostgresContext, id: string): Promise<boolean> {
  const { table, isSession } = namesIn(context);
  const { rows } = await unlessNoKey(
    context.connection.query(`SELECT FROM ${table} WHERE ${isSession}`, [keyOf(context, id)]),
  );
  return rows.length > 0;
}

/** Every session, in order of its id where that is unique, otherwise of the primary key. */
export function iterSessions(context: PostgresContext): AsyncGenerator<Session> {
  const { key, payload, table, place, isOurs } = namesIn(context);
  const { connection, layout } = context;
  const page = (after: string) =>
    `SELECT ${key} AS id, ${payload} AS payload, ${place} AS place FROM ${table}
      WHERE ${key} IS NOT NULL ${isOurs} ${after} ORDER BY ${place} LIMIT ${pageSize}`;
  const read = async (last: Row | undefined) => {
    const after = last === undefined ? '' : `AND ${place} OPERATOR(pg_catalog.>) $1`;
    return (await connection.query<Row>(page(after), last && [last.place])).rows;
  };
  // character(n) adds blanks.
  const isPadded = typeIn(layout.columns, layout.key.column).startsWith('character(');
  return sessionsIn(read, (id) => (isPadded ? id.replace(/ +$/, '') : id));
}

interface Row extends SessionRow {
  readonly place: unknown;
}

/** An id that is no value of the column's type, such as a UUID, belongs to no session. */
async function unlessNoKey<T extends { readonly rows: readonly object[] }>(
  query: Promise<T>,
): Promise<Pick<T, 'rows'>> {
  try {
    return await query;
  } catch (error) {
    // invalid_text_representation, numeric_value_out_of_range
    if (!hasCode(error, '22P02', '22003')) throw error;
    return { rows: [] };
  }
}

function namesIn({ layout, target }: PostgresContext) {
  const column = escapeIdentifier(layout.payload);
  const key = escapeIdentifier(layout.key.column);
  const [primary, ...more] = layout.primaryKey?.columns ?? [];
  const session = sessionCondition(layout, timeWords);
  const isOurs = session === undefined ? '' : `AND ${session}`;
  const type = typeIn(layout.columns, layout.payload);
  return {
    table: quotedName(target),
    key,
    isOurs,
    isSession: `${key} ${equals} $1 ${isOurs}`,
    /** A column in which no two rows are the same. */
    place: layout.key.is === 'plain' && primary && more.length === 0 ? escapeIdentifier(primary) : key,
    time: escapeIdentifier(timeColumnOf(layout)),
    column,
    // The driver would parse JSON, so its text is selected.
    payload: type.startsWith('json') ? `${column}::pg_catalog.text` : column,
  };
}

/** The id as the key column's type takes it. */
const keyOf = ({ layout }: PostgresContext, id: string): string | Buffer =>
  familyOf(typeIn(layout.columns, layout.key.column)) === 'bytes'
    ? Buffer.from(checkedId(id))
    : checkedId(id);

function checkedId(id: string): string {
  const isLong = Buffer.byteLength(id) > longestId;
  const wrong = id.includes('\0') ? 'holds a NUL' : isLong && `is longer than ${longestId} bytes`;
  return checked(id, 'PostgreSQL', wrong || undefined);
}
