import type { PlannedStore } from '../planned.ts';
import type { ByteStore } from '../session-store.ts';
import { tableByteStore } from '../tables/byte-store.ts';
import { contextOf, type TablePlace } from '../tables/context.ts';
import { deleteOldSessions } from './cleanup.ts';
import { connectReadOnly, connectTo } from './connection.ts';
import type { Target } from './context.ts';
import { planTable } from './planned.ts';
import * as sessions from './sessions.ts';
import { setUp } from './setup.ts';

export interface PostgresPlace extends TablePlace {
  readonly target: Target;
}

/** Connects to the store; `lost` is called when the connection has ended. The caller disposes of it. */
export async function connect(place: PostgresPlace, lost?: () => void): Promise<ByteStore> {
  const connection = await connectTo(place.settings, lost);
  const context = contextOf(place, place.layout.postgres, { connection, target: place.target });
  return tableByteStore(context, { ...sessions, setup: setUp, deleteOldSessions });
}

/** Connects to the store to plan only: the server refuses every write of this connection. */
export async function connectPlanned(place: PostgresPlace): Promise<PlannedStore> {
  const connection = await connectReadOnly(place.settings);
  const context = contextOf(place, place.layout.postgres, { connection, target: place.target });
  return {
    plan: (options) => planTable(context, options),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
