import type { Layout } from './layout.ts';
import type { TableForm } from './table-form.ts';

/** The parts that both servers share; the stores have no option for the table's name. */
const common = {
  table: 'sessions',
  key: { column: 'token', is: 'primary' },
  payload: 'data',
  indexes: [{ name: '{table}_expiry_idx', columns: ['expiry'] }],
  timeIndex: { name: '{table}_expiry_idx', column: 'expiry' },
} as const satisfies Partial<TableForm>;

/** scs for Go: https://github.com/alexedwards/scs, the README files of postgresstore, pgxstore and mysqlstore. */
export const scs: Layout = {
  name: 'scs',
  title: 'scs (Go)',
  source: 'https://github.com/alexedwards/scs',
  library: {
    versions: 'scs 2.9.0; postgresstore of 2025-10-02, pgxstore of 2024-03-16, mysqlstore of 2025-04-17',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself: 'Each process deletes expired sessions every 5 minutes, with one unbounded DELETE.',
    switchOff: 'Make the store with `NewWithCleanupInterval(db, 0)`.',
  },
  age: 'expiry',
  postgres: {
    ...common,
    columns: [
      { name: 'token', type: 'text', alsoAccepts: ['character varying', 'character'], notNull: true },
      { name: 'data', type: 'bytea', notNull: true },
      {
        name: 'expiry',
        type: 'timestamp with time zone',
        alsoAccepts: ['timestamp(6) with time zone'],
        notNull: true,
      },
    ],
    rules: [{ at: { column: 'expiry' } }],
  },
  mysql: {
    ...common,
    columns: [
      { name: 'token', type: 'char(43)', alsoAccepts: ['char', 'varchar'], notNull: true },
      { name: 'data', type: 'blob', alsoAccepts: ['mediumblob', 'longblob'], notNull: true },
      { name: 'expiry', type: 'timestamp(6)', alsoAccepts: ['timestamp'], notNull: true },
    ],
    // The store writes UTC's clock and compares with UTC_TIMESTAMP, and the server takes both for its session's zone.
    rules: [{ at: { column: 'expiry', throughSession: true } }],
  },
};
