import { Mysql2Adapter } from '@lucia-auth/adapter-mysql';
import { NodePostgresAdapter } from '@lucia-auth/adapter-postgresql';
import { Lucia, TimeSpan } from 'lucia';
import { postgresPool } from './connections.mjs';
import { mysqlPoolInZone } from './mysql-in-zone.mjs';

// The schemas of Lucia's documentation: https://v3.lucia-auth.com/database/postgresql and …/mysql.
const postgresDdl = (table) => `
  CREATE TABLE auth_user (id TEXT PRIMARY KEY);
  CREATE TABLE ${table} (
    id TEXT PRIMARY KEY,
    expires_at TIMESTAMPTZ NOT NULL,
    user_id TEXT NOT NULL REFERENCES auth_user(id)
  );
  INSERT INTO auth_user VALUES ('someone');`;
const mysqlDdl = (table) => [
  'CREATE TABLE user (id VARCHAR(255) PRIMARY KEY)',
  `CREATE TABLE ${table} (
    id VARCHAR(255) PRIMARY KEY,
    expires_at DATETIME NOT NULL,
    user_id VARCHAR(255) NOT NULL REFERENCES user(id)
  )`,
  "INSERT INTO user VALUES ('someone')",
];

export function open({ url, table = 'user_session' }) {
  const isMysql = url.startsWith('mysql:');
  const pool = isMysql ? mysqlPoolInZone(url) : postgresPool(url);
  const adapter = isMysql
    ? new Mysql2Adapter(pool, { user: 'user', session: table })
    : new NodePostgresAdapter(pool, { user: 'auth_user', session: table });
  const lucia = (seconds) => new Lucia(adapter, { sessionExpiresIn: new TimeSpan(seconds, 's') });
  return {
    save: async (id, lifetimeSeconds) => {
      if (lifetimeSeconds === null) return undefined;
      return (await lucia(lifetimeSeconds).createSession('someone', {}, { sessionId: id })).id;
    },
    isLive: async (id, lifetimeSeconds) =>
      (await lucia(lifetimeSeconds).validateSession(id)).session?.id === id,
    migrate: async () => {
      for (const statement of isMysql ? mysqlDdl(table) : [postgresDdl(table)]) await pool.query(statement);
    },
    clean: (lifetimeSeconds) => lucia(lifetimeSeconds).deleteExpiredSessions(),
    close: () => pool.end(),
  };
}
