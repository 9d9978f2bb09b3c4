import expressMysqlSession from 'express-mysql-session';
import session from 'express-session';
import { mysqlPool } from './connections.mjs';
import { expressStore } from './express.mjs';

const MySQLStore = expressMysqlSession(session);

export function open({ url, table = 'sessions' }) {
  const pool = mysqlPool(url);
  const newStore = (createDatabaseTable) =>
    new MySQLStore({ createDatabaseTable, clearExpired: false, schema: { tableName: table } }, pool);
  const store = newStore(false);
  return {
    ...expressStore(store),
    migrate: () => newStore(true).onReady(),
    clean: async () => {
      await store.clearExpiredSessions();
    },
    close: () => pool.end(),
  };
}
