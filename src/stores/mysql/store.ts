import type { CleanupReport, SetupReport } from '../../runner/result.ts';
import type { Open } from '../index.ts';
import type { CleanupOptions, Session, SessionStore, SetupOptions } from '../session-store.ts';
import { deleteOldSessions } from './cleanup.ts';
import { openConnection } from './connection.ts';
import type { MysqlContext } from './context.ts';
import { deleteSession, hasSession, iterSessions, loadSession, saveSession } from './sessions.ts';
import { setUp } from './setup.ts';
import { type MysqlBackend, tableOf } from './spec.ts';

/** Sessions as rows of a table in MySQL or MariaDB. */
class MysqlSessionStore implements SessionStore {
  readonly isMultiprocessSafe = true;
  /** One connection, and transactions on it: calls must not overlap. */
  readonly isThreadSafe = false;
  readonly #context: MysqlContext;

  constructor(context: MysqlContext) {
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
export const open: Open<MysqlBackend> = async ({ spec, layout, connectionPath }) => {
  const table = tableOf(spec, layout);
  if (!layout.mysql) throw new Error(`Expected a layout for MySQL, got ${layout.name}`);
  const connection = await openConnection(connectionPath);
  return new MysqlSessionStore({
    connection,
    target: { database: connection.database, table },
    layout: layout.mysql,
    layoutName: layout.name,
  });
};
