import type { Layout } from './layout.ts';
import type { Column, TableForm } from './table-form.ts';

const table = 'session';

const rest: Pick<TableForm, 'indexes' | 'madeBy' | 'hasOtherColumns' | 'renamable'> = {
  indexes: [{ name: 'session_userId_idx', columns: ['userId'] }],
  madeBy: 'library',
  hasOtherColumns: true,
  renamable: ['expiresAt', 'token', 'createdAt', 'updatedAt', 'ipAddress', 'userAgent', 'userId'],
};

const postgresColumns: readonly Column[] = [
  {
    name: 'id',
    type: 'text',
    alsoAccepts: ['character varying', 'uuid', 'integer', 'bigint'],
    notNull: true,
  },
  {
    name: 'expiresAt',
    type: 'timestamp with time zone',
    alsoAccepts: ['timestamp without time zone'],
    notNull: true,
  },
  { name: 'token', type: 'text', alsoAccepts: ['character varying'], notNull: true },
  { name: 'createdAt', type: 'timestamp with time zone', notNull: true, default: 'CURRENT_TIMESTAMP' },
  { name: 'updatedAt', type: 'timestamp with time zone', notNull: true },
  { name: 'ipAddress', type: 'text', notNull: false },
  { name: 'userAgent', type: 'text', notNull: false },
  { name: 'userId', type: 'text', notNull: true },
];

const mysqlColumns: readonly Column[] = [
  { name: 'id', type: 'varchar(36)', alsoAccepts: ['int', 'bigint'], notNull: true },
  { name: 'expiresAt', type: 'timestamp(3)', alsoAccepts: ['datetime'], notNull: true },
  { name: 'token', type: 'varchar(255)', alsoAccepts: ['text'], notNull: true },
  { name: 'createdAt', type: 'timestamp(3)', notNull: true, default: 'CURRENT_TIMESTAMP(3)' },
  { name: 'updatedAt', type: 'timestamp(3)', notNull: true },
  { name: 'ipAddress', type: 'text', notNull: false },
  { name: 'userAgent', type: 'text', notNull: false },
  { name: 'userId', type: 'varchar(36)', notNull: true },
];

/**
 * better-auth, with tables by its own migration, Drizzle or Prisma: https://github.com/better-auth/better-auth,
 * `packages/core/src/db/get-tables.ts` and `packages/better-auth/src/db/get-migration.ts`.
 */
export const betterAuth: Layout = {
  name: 'better-auth',
  title: 'better-auth',
  source: 'https://github.com/better-auth/better-auth',
  library: {
    versions: '1.7.25, with its own tables and those of Drizzle 0.45.4',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself:
      'An expired session is deleted only when a client presents it, which browsers do not. With ' +
      '`preserveSessionInDatabase`, ended sessions are kept on purpose: clean-up needs ' +
      '`layoutOptions.deletePreserved: true`, which allows it to delete them.',
  },
  age: 'expiry',
  mayPreserve: true,
  postgres: {
    ...rest,
    table,
    columns: postgresColumns,
    key: { column: 'id', is: 'primary' },
    // Drizzle and Prisma make columns without a zone, and write UTC.
    rules: [{ at: { column: 'expiresAt', zone: 'UTC' } }],
    payload: 'token',
    timeIndex: { name: '{table}_expiresAt_idx', column: 'expiresAt' },
  },
  mysql: {
    ...rest,
    table,
    columns: mysqlColumns,
    key: { column: 'id', is: 'primary' },
    // The documentation sets the driver to UTC, and leaves the connection in the server's zone.
    rules: [{ at: { column: 'expiresAt', zone: 'UTC', throughSession: true } }],
    payload: 'token',
    timeIndex: { name: '{table}_expiresAt_idx', column: 'expiresAt' },
  },
};
