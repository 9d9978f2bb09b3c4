import type { Layout } from '../../layouts/layout.ts';
import type { ConnectionSettings } from '../../runner/connection-settings.ts';
import type { CleanupReport, SetupReport } from '../../runner/result.ts';
import type { ByteStore, CleanupOptions, Session, SetupOptions } from '../session-store.ts';
import { deleteOldSessions } from './cleanup.ts';
import { connectTo } from './connection.ts';
import type { MysqlContext } from './context.ts';
import { deleteSession, hasSession, iterSessions, loadSession, saveSession } from './sessions.ts';
import { setUp } from './setup.ts';

/** Sessions as rows of a table, by one connection. */
class MysqlByteStore implements ByteStore {
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

export interface MysqlPlace {
  readonly settings: ConnectionSettings;
  readonly table: string;
  readonly layout: Layout;
}

/** Connects to the store; `lost` is called when the connection has ended. The caller disposes of it. */
export async function connect(place: MysqlPlace, lost?: () => void): Promise<ByteStore> {
  const { settings, table, layout } = place;
  if (!layout.mysql) throw new Error(`Expected a layout for MySQL, got ${layout.name}`);
  const connection = await connectTo(settings, lost);
  return new MysqlByteStore({
    connection,
    target: { database: connection.database, table },
    layout: layout.mysql,
    layoutName: layout.name,
  });
}
