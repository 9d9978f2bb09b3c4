import type { Layout } from '../../layouts/layout.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import type { ByteStore } from '../session-store.ts';
import { tableByteStore } from '../tables/byte-store.ts';
import { deleteOldSessions } from './cleanup.ts';
import { connectTo } from './connection.ts';
import type { MysqlContext } from './context.ts';
import { deleteSession, hasSession, iterSessions, loadSession, saveSession } from './sessions.ts';
import { setUp } from './setup.ts';

export interface MysqlPlace {
  readonly settings: ConnectionSettings;
  readonly table: string;
  readonly layout: Layout;
  readonly timeZone?: string | undefined;
}

/** Connects to the store; `lost` is called when the connection has ended. The caller disposes of it. */
export async function connect(place: MysqlPlace, lost?: () => void): Promise<ByteStore> {
  const { settings, table, layout, timeZone } = place;
  if (!layout.mysql) throw new Error(`Expected a layout for MySQL, got ${layout.name}`);
  const connection = await connectTo(settings, lost);
  const context: MysqlContext = {
    connection,
    target: { database: connection.database, table },
    layout: layout.mysql,
    layoutName: layout.name,
    age: layout.age,
    ...(timeZone !== undefined && { timeZone }),
  };
  return tableByteStore(context, {
    ...{ loadSession, saveSession, deleteSession, hasSession, iterSessions },
    ...{ setup: setUp, deleteOldSessions },
  });
}
