import type { PlannedStore } from '../planned.ts';
import type { ByteStore } from '../session-store.ts';
import { tableByteStore, tablePlannedStore } from '../tables/byte-store.ts';
import { contextOf, type TablePlace } from '../tables/context.ts';
import { deleteOldSessions } from './cleanup.ts';
import { connectReadOnly, connectTo, type PostgresConnection } from './connection.ts';
import type { PostgresContext, Target } from './context.ts';
import { planTable } from './planned.ts';
import * as sessions from './sessions.ts';
import { setUp } from './setup.ts';

export interface PostgresPlace extends TablePlace {
  readonly target: Target;
}

const contextAt = (place: PostgresPlace, connection: PostgresConnection): PostgresContext =>
  contextOf(place, place.layout.postgres, { connection, target: place.target });

/** Connects to the store; `lost` is called when the connection has ended. The caller disposes of it. */
export async function connect(place: PostgresPlace, lost?: () => void): Promise<ByteStore> {
  const context = contextAt(place, await connectTo(place.settings, lost));
  return tableByteStore(context, { ...sessions, setup: setUp, deleteOldSessions });
}

/** Connects to the store to plan only: the server refuses every write of this connection. */
export async function connectPlanned(place: PostgresPlace): Promise<PlannedStore> {
  return tablePlannedStore(contextAt(place, await connectReadOnly(place.settings)), planTable);
}
