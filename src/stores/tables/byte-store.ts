import type { PlannedStore } from '../planned.ts';
import type { ByteStore } from '../session-store.ts';

type Method = Exclude<keyof ByteStore, symbol>;

/** The methods of a store, as functions of a context. */
export type TableOperations<Context> = {
  readonly [M in Method]: (context: Context, ...args: Parameters<ByteStore[M]>) => ReturnType<ByteStore[M]>;
};

/** Sessions as rows of a table, over one connection, which ends with the store. */
export function tableByteStore<Context extends { readonly connection: AsyncDisposable }>(
  context: Context,
  on: TableOperations<Context>,
): ByteStore {
  return {
    loadSession: (id) => on.loadSession(context, id),
    saveSession: (id, payload) => on.saveSession(context, id, payload),
    deleteSession: (id) => on.deleteSession(context, id),
    hasSession: (id) => on.hasSession(context, id),
    iterSessions: () => on.iterSessions(context),
    setup: (options) => on.setup(context, options),
    deleteOldSessions: (options) => on.deleteOldSessions(context, options),
    [Symbol.asyncDispose]: () => context.connection[Symbol.asyncDispose](),
  };
}

/** The same to plan only, over a connection that cannot write. */
export const tablePlannedStore = <Context extends { readonly connection: AsyncDisposable }>(
  context: Context,
  plan: (context: Context, ...args: Parameters<PlannedStore['plan']>) => ReturnType<PlannedStore['plan']>,
): PlannedStore => ({
  plan: (options) => plan(context, options),
  [Symbol.asyncDispose]: () => context.connection[Symbol.asyncDispose](),
});
