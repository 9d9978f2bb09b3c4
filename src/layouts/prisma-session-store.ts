import type { Layout } from './layout.ts';
import type { TableForm } from './table-form.ts';

const common = {
  table: 'Session',
  key: { column: 'sid', is: 'unique' },
  primaryKey: { columns: ['id'], constraint: '{table}_pkey' },
  // Prisma keeps UTC's clock, whatever the zone of its connection. A session is stale at the instant itself.
  rules: [{ at: { column: 'expiresAt', zone: 'UTC' }, inclusive: true }],
  payload: 'data',
  indexes: [{ name: '{table}_sid_key', columns: ['sid'], unique: 'index' }],
  timeIndex: { name: '{table}_expiresAt_idx', column: 'expiresAt' },
  renamable: ['id', 'sid', 'data', 'expiresAt'],
  // The application declares the model, often with `createdAt` and `updatedAt`, which Prisma fills.
  hasOtherColumns: true,
} as const satisfies Partial<TableForm>;

/** prisma-session-store for Express: https://github.com/kleydon/prisma-session-store, the model in its README. */
export const prismaSessionStore: Layout = {
  name: 'prisma-session-store',
  title: '@quixo3/prisma-session-store (Express)',
  source: 'https://github.com/kleydon/prisma-session-store',
  library: {
    versions: '3.1.21 with Prisma 7.10.0',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself:
      'With `checkPeriod`, each process reads all sessions and deletes the expired ones, each with a statement of its own; without it, a read deletes the expired session that it finds.',
    switchOff: 'Leave `checkPeriod` out.',
  },
  age: 'expiry',
  postgres: {
    ...common,
    columns: [
      { name: 'id', type: 'text', alsoAccepts: ['character varying'], notNull: true },
      { name: 'sid', type: 'text', alsoAccepts: ['character varying'], notNull: true },
      { name: 'data', type: 'text', alsoAccepts: ['character varying'], notNull: true },
      {
        name: 'expiresAt',
        type: 'timestamp(3) without time zone',
        alsoAccepts: ['timestamp without time zone', 'timestamp with time zone'],
        notNull: true,
      },
    ],
  },
  // As the migrations that Prisma writes: its engine for MySQL could not be run.
  mysql: {
    ...common,
    columns: [
      { name: 'id', type: 'varchar(191)', alsoAccepts: ['varchar', 'char'], notNull: true },
      { name: 'sid', type: 'varchar(191)', alsoAccepts: ['varchar', 'char'], notNull: true },
      { name: 'data', type: 'mediumtext', alsoAccepts: ['longtext', 'text', 'varchar'], notNull: true },
      { name: 'expiresAt', type: 'datetime(3)', alsoAccepts: ['datetime'], notNull: true },
    ],
    tableOptions: 'DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci',
  },
};
