import type { Layout } from './layout.ts';
import type { TableForm } from './table-form.ts';

const rest: Pick<
  TableForm,
  'payload' | 'indexes' | 'timeIndex' | 'madeBy' | 'hasOtherColumns' | 'renamable'
> = {
  payload: 'userId',
  indexes: [],
  timeIndex: { name: '{table}_expires_idx', column: 'expires' },
  madeBy: 'library',
  hasOtherColumns: true,
  renamable: ['sessionToken', 'userId', 'expires'],
};

/** Texts are ordered by their characters: `1000` is less than `999`. */
const ofTypeorm = (type: string) =>
  'the adapter of TypeORM makes it text, which clean-up cannot compare as a time: give the adapter entities of your own ' +
  `(its option entities) whose expires is a ${type} without a transformer, and convert the column`;

/**
 * The database sessions of Auth.js, by its adapters of PostgreSQL, Drizzle, Kysely and Prisma:
 * https://github.com/nextauthjs/next-auth, `packages/adapter-…`. The adapter of TypeORM keeps its times as text.
 */
export const authjs: Layout = {
  name: 'authjs',
  title: 'Auth.js (NextAuth), database sessions',
  source: 'https://github.com/nextauthjs/next-auth',
  library: {
    versions:
      '@auth/core 0.41.3; adapters: pg 1.11.3, Drizzle 1.11.3, Kysely 1.11.2, Prisma 2.11.3; not the one of TypeORM, whose times are text',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself: 'An expired session is deleted only when a client presents it, which browsers do not.',
  },
  age: 'expiry',
  postgres: {
    ...rest,
    table: 'sessions',
    columns: [
      { name: 'sessionToken', type: 'character varying', alsoAccepts: ['text'], notNull: true },
      { name: 'userId', type: 'integer', alsoAccepts: ['text', 'uuid', 'bigint'], notNull: true },
      // The adapters of PostgreSQL and Kysely store an instant, those of Drizzle and Prisma UTC without a zone.
      {
        name: 'expires',
        type: 'timestamp with time zone',
        alsoAccepts: ['timestamp without time zone'],
        otherwise: ofTypeorm('timestamptz'),
        notNull: true,
      },
    ],
    // The adapter of PostgreSQL makes it unique by nothing.
    key: { column: 'sessionToken', is: 'plain' },
    rules: [{ at: { column: 'expires', zone: 'UTC' } }],
  },
  mysql: {
    ...rest,
    table: 'session',
    columns: [
      { name: 'sessionToken', type: 'varchar(255)', alsoAccepts: ['text'], notNull: true },
      { name: 'userId', type: 'varchar(255)', alsoAccepts: ['int', 'bigint'], notNull: true },
      // Drizzle writes UTC into a TIMESTAMP, Prisma into a DATETIME.
      {
        name: 'expires',
        type: 'timestamp',
        alsoAccepts: ['datetime'],
        otherwise: ofTypeorm('timestamp'),
        notNull: true,
      },
    ],
    key: { column: 'sessionToken', is: 'unique' },
    rules: [{ at: { column: 'expires', zone: 'UTC', throughSession: true } }],
  },
};
