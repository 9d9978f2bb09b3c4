import connectSessionSequelize from 'connect-session-sequelize';
import session from 'express-session';
import { Sequelize } from 'sequelize';
import { expressStore } from './express.mjs';

const SequelizeStore = connectSessionSequelize(session.Store);

export function open({ url, table = 'Sessions' }) {
  const db = new Sequelize(url, { logging: false });
  const store = new SequelizeStore({ db, tableName: table, checkExpirationInterval: 0 });
  return {
    ...expressStore(store),
    migrate: async () => {
      await store.sync();
    },
    clean: async () => {
      await store.clearExpiredSessions();
    },
    close: () => db.close(),
  };
}
