import { escapeIdentifier } from 'pg';
import { timeColumnOf } from '../../layouts/table-form.ts';
import type { Session } from '../session-store.ts';
import { StoreError } from '../store-error.ts';
import { requireOwnForm } from '../tables/own-form.ts';
import { hasCode } from './cleanup-run.ts';
import type { PostgresConnection } from './connection.ts';
import { type PostgresContext, quotedName } from './context.ts';
import { inZone } from './cutoff.ts';

/** Number of sessions in memory while all are read. */
const pageSize = 100;
/** Qualified, like every name here: a session is loaded in one round trip, under the role's own search path. */
const equals = 'OPERATOR(pg_catalog.=)';
/** In bytes; a B-tree of PostgreSQL accepts no key of more than 2,704. */
const longestId = 1024;

/** The session's payload; for a text or JSON column, its text in UTF-8. */
export async function loadSession(context: PostgresContext, id: string): Promise<Uint8Array | undefined> {
  const { key, payload, table } = namesIn(context);
  const { rows } = await context.connection.query<{ payload: Buffer | string }>(
    `SELECT ${payload} AS payload FROM ${table} WHERE ${key} ${equals} $1`,
    [checkedId(id)],
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
    if (!hasCode(error, '42804') && !hasCode(error, '42P10')) throw error;
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
  const { key, table } = namesIn(context);
  const { connection } = context;
  const remove = () => connection.query(`DELETE FROM ${table} WHERE ${key} ${equals} $1`, [checkedId(id)]);
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
  const { key, table } = namesIn(context);
  const { rowCount } = await context.connection.query(`SELECT FROM ${table} WHERE ${key} ${equals} $1`, [
    checkedId(id),
  ]);
  return rowCount !== 0;
}

/** Every session in order of its id, page by page: no transaction is open while the caller works. */
export async function* iterSessions(context: PostgresContext): AsyncGenerator<Session> {
  const { key, payload, table } = namesIn(context);
  const page = (after: string) =>
    `SELECT ${key} AS id, ${payload} AS payload FROM ${table} ${after} ORDER BY ${key} LIMIT ${pageSize}`;
  let last: string | undefined;
  do {
    const { rows } = await (last === undefined
      ? context.connection.query<Row>(page(''))
      : context.connection.query<Row>(page(`WHERE ${key} OPERATOR(pg_catalog.>) $1`), [last]));
    for (const row of rows) yield [row.id, bytesOf(row.payload)];
    last = rows.length === pageSize ? rows.at(-1)?.id : undefined;
  } while (last !== undefined);
}

interface Row {
  readonly id: string;
  readonly payload: Buffer | string;
}

function namesIn({ layout, target }: PostgresContext) {
  const column = escapeIdentifier(layout.payload);
  const type = layout.columns.find(({ name }) => name === layout.payload)?.type ?? '';
  return {
    table: quotedName(target),
    key: escapeIdentifier(layout.key.column),
    time: escapeIdentifier(timeColumnOf(layout)),
    column,
    // The driver would parse JSON, so its text is selected.
    payload: type.startsWith('json') ? `${column}::pg_catalog.text` : column,
  };
}

const bytesOf = (payload: Buffer | string): Uint8Array =>
  typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload;

function checkedId(id: string): string {
  const wrong = whatIsWrong(id);
  if (wrong === undefined) return id;
  throw new StoreError(
    'InvalidInput',
    `Expected a session's id that PostgreSQL can store; got ${JSON.stringify(id.slice(0, 64))}, which ${wrong}`,
  );
}

function whatIsWrong(id: string): string | undefined {
  if (id === '') return 'is empty';
  if (id.includes('\0')) return 'holds a NUL';
  if (!id.isWellFormed()) return 'is not well-formed text';
  return Buffer.byteLength(id) > longestId ? `is longer than ${longestId} bytes` : undefined;
}
