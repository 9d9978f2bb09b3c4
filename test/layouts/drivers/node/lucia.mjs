import { Mysql2Adapter } from '@lucia-auth/adapter-mysql';
import { NodePostgresAdapter } from '@lucia-auth/adapter-postgresql';
import { Lucia, TimeSpan } from 'lucia';
import { isPostgres, postgresPool } from './connections.mjs';
import { drizzleTables } from './lucia-drizzle.mjs';
import { mysqlPoolInZone } from './mysql-in-zone.mjs';

// The schemas of Lucia's documentation: https://v3.lucia-auth.com/database/postgresql and …/mysql.
const postgresDdl = [
  'CREATE TABLE auth_user (id TEXT PRIMARY KEY)',
  `CREATE TABLE user_session (
    id TEXT PRIMARY KEY,
    expires_at TIMESTAMPTZ NOT NULL,
    user_id TEXT NOT NULL REFERENCES auth_user(id)
  )`,
  "INSERT INTO auth_user VALUES ('someone')",
];
const mysqlDdl = [
  'CREATE TABLE user (id VARCHAR(255) PRIMARY KEY)',
  `CREATE TABLE user_session (
    id VARCHAR(255) PRIMARY KEY,
    expires_at DATETIME NOT NULL,
    user_id VARCHAR(255) NOT NULL REFERENCES user(id)
  )`,
  "INSERT INTO user VALUES ('someone')",
];

function ownTables(url) {
  const pool = isPostgres(url) ? postgresPool(url) : mysqlPoolInZone(url);
  return {
    adapter: isPostgres(url)
      ? new NodePostgresAdapter(pool, { user: 'auth_user', session: 'user_session' })
      : new Mysql2Adapter(pool, { user: 'user', session: 'user_session' }),
    migrate: async () => {
      for (const statement of isPostgres(url) ? postgresDdl : mysqlDdl) await pool.query(statement);
    },
    close: () => pool.end(),
  };
}

/** The variant `drizzle` keeps the sessions in the tables of Drizzle. */
export function open({ variant, url }) {
  const { adapter, migrate, close } = variant === 'drizzle' ? drizzleTables(url) : ownTables(url);
  const lucia = (seconds) => new Lucia(adapter, { sessionExpiresIn: new TimeSpan(seconds, 's') });
  return {
    save: async (id, lifetimeSeconds) => {
      if (lifetimeSeconds === null) return undefined;
      return (await lucia(lifetimeSeconds).createSession('someone', {}, { sessionId: id })).id;
    },
    isLive: async (id, lifetimeSeconds) =>
      (await lucia(lifetimeSeconds).validateSession(id)).session?.id === id,
    migrate,
    clean: (lifetimeSeconds) => lucia(lifetimeSeconds).deleteExpiredSessions(),
    close,
  };
}
