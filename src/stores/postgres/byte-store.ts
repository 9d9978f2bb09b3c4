import type { Layout } from '../../layouts/layout.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import type { ByteStore } from '../session-store.ts';
import { tableByteStore } from '../tables/byte-store.ts';
import { deleteOldSessions } from './cleanup.ts';
import { connectTo } from './connection.ts';
import type { PostgresContext, Target } from './context.ts';
import { deleteSession, hasSession, iterSessions, loadSession, saveSession } from './sessions.ts';
import { setUp } from './setup.ts';

export interface PostgresPlace {
  readonly settings: ConnectionSettings;
  readonly target: Target;
  readonly layout: Layout;
  readonly timeZone?: string | undefined;
}

/** Connects to the store; `lost` is called when the connection has ended. The caller disposes of it. */
export async function connect(place: PostgresPlace, lost?: () => void): Promise<ByteStore> {
  const { settings, target, layout, timeZone } = place;
  if (!layout.postgres) throw new Error(`Expected a layout for PostgreSQL, got ${layout.name}`);
  const context: PostgresContext = {
    connection: await connectTo(settings, lost),
    target,
    layout: layout.postgres,
    layoutName: layout.name,
    age: layout.age,
    ...(timeZone !== undefined && { timeZone }),
  };
  return tableByteStore(context, {
    ...{ loadSession, saveSession, deleteSession, hasSession, iterSessions },
    ...{ setup: setUp, deleteOldSessions },
  });
}
