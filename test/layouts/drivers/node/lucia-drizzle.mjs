import { DrizzleMySQLAdapter, DrizzlePostgreSQLAdapter } from '@lucia-auth/adapter-drizzle';
import * as mysql from 'drizzle-orm/mysql-core';
import * as pg from 'drizzle-orm/pg-core';
import { drizzleOn } from './drizzle-kit.mjs';

// The schemas of Lucia's documentation: https://v3.lucia-auth.com/database/drizzle.
function postgresTables() {
  const { pgTable, text, timestamp } = pg;
  const user = pgTable('user', { id: text('id').primaryKey() });
  const session = pgTable('session', {
    id: text('id').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => user.id),
    expiresAt: timestamp('expires_at', { withTimezone: true, mode: 'date' }).notNull(),
  });
  return { user, session };
}

function mysqlTables() {
  const { datetime, mysqlTable, varchar } = mysql;
  const user = mysqlTable('user', { id: varchar('id', { length: 255 }).primaryKey() });
  const session = mysqlTable('session', {
    id: varchar('id', { length: 255 }).primaryKey(),
    userId: varchar('user_id', { length: 255 })
      .notNull()
      .references(() => user.id),
    expiresAt: datetime('expires_at').notNull(),
  });
  return { user, session };
}

export function drizzleTables(url) {
  const { dialect, db, migrate, close } = drizzleOn(url);
  const [tables, Adapter] =
    dialect === 'pg' ? [postgresTables(), DrizzlePostgreSQLAdapter] : [mysqlTables(), DrizzleMySQLAdapter];
  return {
    adapter: new Adapter(db, tables.session, tables.user),
    migrate: async () => {
      await migrate(tables);
      await db.insert(tables.user).values({ id: 'someone' });
    },
    close,
  };
}
