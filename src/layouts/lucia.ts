import type { Layout } from './layout.ts';
import type { TableForm } from './table-form.ts';

const rest: Pick<
  TableForm,
  'table' | 'key' | 'payload' | 'indexes' | 'timeIndex' | 'madeBy' | 'hasOtherColumns'
> = {
  table: 'user_session',
  key: { column: 'id', is: 'primary' },
  payload: 'user_id',
  indexes: [],
  timeIndex: { name: '{table}_expires_at_idx', column: 'expires_at' },
  madeBy: 'library',
  hasOtherColumns: true,
};

/** Lucia 3; the application declares its tables: https://v3.lucia-auth.com/database/postgresql and …/mysql. */
export const lucia: Layout = {
  name: 'lucia',
  title: 'Lucia 3',
  source: 'https://github.com/lucia-auth/lucia/tree/v3',
  library: {
    versions: '3.2.2; adapters: PostgreSQL 3.1.2, MySQL 3.0.2, Drizzle 1.1.0',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself: 'The library leaves `deleteExpiredSessions()` to the application.',
  },
  age: 'expiry',
  postgres: {
    ...rest,
    columns: [
      { name: 'id', type: 'text', alsoAccepts: ['character varying'], notNull: true },
      // A column without a zone is refused: node-postgres writes the process' local time into it, and Drizzle UTC.
      { name: 'expires_at', type: 'timestamp with time zone', notNull: true },
      {
        name: 'user_id',
        type: 'text',
        alsoAccepts: ['character varying', 'uuid', 'integer', 'bigint'],
        notNull: true,
      },
    ],
    rules: [{ at: { column: 'expires_at' }, inclusive: true }],
  },
  mysql: {
    ...rest,
    columns: [
      { name: 'id', type: 'varchar(255)', notNull: true },
      { name: 'expires_at', type: 'datetime', notNull: true },
      { name: 'user_id', type: 'varchar(255)', alsoAccepts: ['int', 'bigint'], notNull: true },
    ],
    // mysql2 writes the process' local time, unless its option `timezone` says another; Drizzle and Prisma write UTC.
    rules: [{ at: { column: 'expires_at', zone: 'application' }, inclusive: true }],
  },
};
