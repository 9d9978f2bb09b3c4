import { KyselyAdapter } from '@auth/kysely-adapter';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { postgresPool } from './connections.mjs';

// The migration of the documentation, for the two tables that a session takes:
// https://authjs.dev/getting-started/adapters/kysely.
async function migrate(db) {
  await db.schema
    .createTable('User')
    .addColumn('id', 'uuid', (column) => column.primaryKey().defaultTo(sql`gen_random_uuid()`))
    .addColumn('name', 'text')
    .addColumn('email', 'text', (column) => column.unique().notNull())
    .addColumn('emailVerified', 'timestamptz')
    .addColumn('image', 'text')
    .execute();
  await db.schema
    .createTable('Session')
    .addColumn('id', 'uuid', (column) => column.primaryKey().defaultTo(sql`gen_random_uuid()`))
    .addColumn('userId', 'uuid', (column) => column.references('User.id').onDelete('cascade').notNull())
    .addColumn('sessionToken', 'text', (column) => column.notNull().unique())
    .addColumn('expires', 'timestamptz', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('Session_userId_index').on('Session').column('userId').execute();
}

export function adapt({ url }) {
  const db = new Kysely({ dialect: new PostgresDialect({ pool: postgresPool(url) }) });
  return { adapter: KyselyAdapter(db), migrate: () => migrate(db), close: () => db.destroy() };
}
