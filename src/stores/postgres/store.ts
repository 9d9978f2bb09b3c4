import type { CleanupReport, SetupReport } from '../../runner/result.ts';
import type { Open } from '../index.ts';
import type { CleanupOptions, Session, SessionStore, SetupOptions } from '../session-store.ts';
import { deleteOldSessions } from './cleanup.ts';
import { openConnection } from './connection.ts';
import type { PostgresContext } from './context.ts';
import { deleteSession, hasSession, iterSessions, loadSession, saveSession } from './sessions.ts';
import { setUp } from './setup.ts';
import { type PostgresBackend, tableOf } from './spec.ts';

/** Sessions as rows of a table. */
class PostgresSessionStore implements SessionStore {
  readonly isMultiprocessSafe = true;
  /** One connection, and transactions on it: calls must not overlap. */
  readonly isThreadSafe = false;
  readonly #context: PostgresContext;

  constructor(context: PostgresContext) {
    this.#context = context;
  }

  loadSession(id: string): Promise<Uint8Array | undefined> {
    return loadSession(this.#context, id);
  }

  saveSession(id: string, payload: Uint8Array): Promise<void> {
    return saveSession(this.#context, id, payload);
  }

  deleteSession(id: string): Promise<void> {
    return deleteSession(this.#context, id);
  }

  hasSession(id: string): Promise<boolean> {
    return hasSession(this.#context, id);
  }

  iterSessions(): AsyncIterable<Session> {
    return iterSessions(this.#context);
  }

  setup(options: SetupOptions): Promise<SetupReport> {
    return setUp(this.#context, options);
  }

  deleteOldSessions(options: CleanupOptions): Promise<CleanupReport> {
    return deleteOldSessions(this.#context, options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#context.connection[Symbol.asyncDispose]();
  }
}

/** Connects to the store; the caller disposes of it. */
export const open: Open<PostgresBackend> = async ({ spec, layout, timeZone, connectionPath }) => {
  const target = tableOf(spec, layout);
  if (!layout.postgres) throw new Error(`Expected a layout for PostgreSQL, got ${layout.name}`);
  return new PostgresSessionStore({
    connection: await openConnection(connectionPath),
    target,
    layout: layout.postgres,
    layoutName: layout.name,
    age: layout.age,
    ...(timeZone !== undefined && { timeZone }),
  });
};
