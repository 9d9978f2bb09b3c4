import { drizzleAdapter } from 'better-auth/adapters/drizzle';
import * as mysql from 'drizzle-orm/mysql-core';
import * as pg from 'drizzle-orm/pg-core';
import { drizzleOn } from './drizzle-kit.mjs';

const kinds = {
  pg: {
    table: pg.pgTable,
    index: pg.index,
    key: pg.text,
    text: pg.text,
    flag: pg.boolean,
    time: (name) => pg.timestamp(name),
  },
  mysql: {
    table: mysql.mysqlTable,
    index: mysql.index,
    key: (name) => mysql.varchar(name, { length: 255 }),
    text: mysql.text,
    flag: mysql.boolean,
    time: (name) => mysql.timestamp(name, { fsp: 3 }),
  },
};

/** The schema that better-auth's command line writes for Drizzle: its columns have names of their own. */
function schemaOf({ table, index, key, text, flag, time }) {
  const changes = () => ({
    createdAt: time('created_at').defaultNow().notNull(),
    updatedAt: time('updated_at').notNull(),
  });
  const user = table('user', {
    id: key('id').primaryKey(),
    name: key('name').notNull(),
    email: key('email').notNull().unique(),
    emailVerified: flag('email_verified').default(false).notNull(),
    image: text('image'),
    ...changes(),
  });
  const owner = () =>
    key('user_id')
      .notNull()
      .references(() => user.id, { onDelete: 'cascade' });
  const sessionColumns = {
    id: key('id').primaryKey(),
    expiresAt: time('expires_at').notNull(),
    token: key('token').notNull().unique(),
    ...changes(),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    userId: owner(),
  };
  const session = table('session', sessionColumns, ({ userId }) => [index('session_userId_idx').on(userId)]);
  const account = table('account', {
    id: key('id').primaryKey(),
    accountId: text('account_id').notNull(),
    providerId: text('provider_id').notNull(),
    userId: owner(),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    idToken: text('id_token'),
    accessTokenExpiresAt: time('access_token_expires_at'),
    refreshTokenExpiresAt: time('refresh_token_expires_at'),
    scope: text('scope'),
    password: text('password'),
    ...changes(),
  });
  const verification = table('verification', {
    id: key('id').primaryKey(),
    identifier: key('identifier').notNull(),
    value: text('value').notNull(),
    expiresAt: time('expires_at').notNull(),
    ...changes(),
  });
  return { user, session, account, verification };
}

/** better-auth's database by way of Drizzle. */
export function drizzleDatabase(url) {
  const { dialect, db, migrate, close } = drizzleOn(url);
  const schema = schemaOf(kinds[dialect]);
  return {
    database: drizzleAdapter(db, { provider: dialect, schema }),
    migrate: () => migrate(schema),
    close,
  };
}
