import { ConnectSessionKnexStore } from 'connect-session-knex';
import createKnex from 'knex';
import { isPostgres } from './connections.mjs';
import { expressStore } from './express.mjs';

/** Variant `renamed`: the column of the id has another name. */
export function open({ url, table = 'sessions', variant }) {
  const knex = createKnex({ client: isPostgres(url) ? 'pg' : 'mysql2', connection: url });
  const newStore = (createTable) =>
    new ConnectSessionKnexStore({
      knex,
      createTable,
      tableName: table,
      ...(variant === 'renamed' && { sidFieldName: 'session_id' }),
      cleanupInterval: 0,
      onDbCleanupError: (error) => {
        throw error;
      },
    });
  // Made when first used: the constructor looks for the table, which may not be there yet.
  let store;
  const used = () => {
    store ??= newStore(false);
    return store;
  };
  return {
    save: (...args) => expressStore(used()).save(...args),
    isLive: (...args) => expressStore(used()).isLive(...args),
    migrate: () => newStore(true).ready,
    clean: () => used().dbCleanup(),
    close: () => knex.destroy(),
  };
}
