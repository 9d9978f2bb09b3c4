import expressMysqlSession from 'express-mysql-session';
import session from 'express-session';
import { mysqlPool } from './connections.mjs';
import { expressStore } from './express.mjs';

const MySQLStore = expressMysqlSession(session);

/** Variant `renamed`: the columns have other names. */
export function open({ url, table = 'sessions', variant }) {
  const pool = mysqlPool(url);
  const columnNames = variant === 'renamed' ? { session_id: 'key', expires: 'ends', data: 'body' } : {};
  const schema = { tableName: table, columnNames };
  const newStore = (createDatabaseTable) =>
    new MySQLStore({ createDatabaseTable, clearExpired: false, schema }, pool);
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
