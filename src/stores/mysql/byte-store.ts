import type { PlannedStore } from '../planned.ts';
import type { ByteStore } from '../session-store.ts';
import { tableByteStore, tablePlannedStore } from '../tables/byte-store.ts';
import { contextOf, type TablePlace } from '../tables/context.ts';
import { deleteOldSessions } from './cleanup.ts';
import { connectReadOnly, connectTo, type MysqlConnection } from './connection.ts';
import type { MysqlContext } from './context.ts';
import { planTable } from './planned.ts';
import * as sessions from './sessions.ts';
import { setUp } from './setup.ts';

export interface MysqlPlace extends TablePlace {
  readonly table: string;
}

const contextAt = (place: MysqlPlace, connection: MysqlConnection): MysqlContext =>
  contextOf(place, place.layout.mysql, {
    connection,
    target: { database: connection.database, table: place.table },
  });

/** Connects to the store; `lost` is called when the connection has ended. The caller disposes of it. */
export async function connect(place: MysqlPlace, lost?: () => void): Promise<ByteStore> {
  const context = contextAt(place, await connectTo(place.settings, lost));
  return tableByteStore(context, { ...sessions, setup: setUp, deleteOldSessions });
}

/** Connects to the store to plan only: the server refuses every write of this connection. */
export async function connectPlanned(place: MysqlPlace): Promise<PlannedStore> {
  return tablePlannedStore(contextAt(place, await connectReadOnly(place.settings)), planTable);
}
