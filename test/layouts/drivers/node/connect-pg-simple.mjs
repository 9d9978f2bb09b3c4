import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import connectPgSimple from 'connect-pg-simple';
import session from 'express-session';
import { postgresPool } from './connections.mjs';
import { expressStore } from './express.mjs';

const PgStore = connectPgSimple(session);
const ddl = createRequire(import.meta.url).resolve('connect-pg-simple/table.sql');

export function open({ url, table }) {
  const pool = postgresPool(url);
  const store = new PgStore({ pool, tableName: table, pruneSessionInterval: false });
  return {
    ...expressStore(store),
    migrate: async () => {
      const text = await readFile(ddl, 'utf8');
      await pool.query(table ? text.replaceAll('"session"', `"${table}"`) : text);
    },
    clean: () => new Promise((done, fail) => store.pruneSessions((error) => (error ? fail(error) : done()))),
    close: async () => {
      await store.close();
      await pool.end();
    },
  };
}
