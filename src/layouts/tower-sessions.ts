import type { Layout } from './layout.ts';
import type { TableForm } from './table-form.ts';

const common = {
  table: 'session',
  key: { column: 'id', is: 'primary' },
  // sqlx sets each connection to UTC, so that both columns hold instants.
  rules: [{ at: { column: 'expiry_date' } }],
  payload: 'data',
  indexes: [],
  timeIndex: { name: '{table}_expiry_date_idx', column: 'expiry_date' },
} as const satisfies Partial<TableForm>;

/** tower-sessions for Rust: https://github.com/maxcountryman/tower-sessions-stores, `sqlx-store/src`. */
export const towerSessions: Layout = {
  name: 'tower-sessions',
  title: 'tower-sessions (Rust)',
  source: 'https://github.com/maxcountryman/tower-sessions-stores',
  library: {
    versions: 'tower-sessions-sqlx-store 0.15.0',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself:
      'The application may start `continuously_delete_expired`: one unbounded DELETE at each interval, until the first error.',
    switchOff: 'Leave out the call of `continuously_delete_expired`.',
  },
  age: 'expiry',
  postgres: {
    ...common,
    schema: 'tower_sessions',
    columns: [
      { name: 'id', type: 'text', alsoAccepts: ['character varying', 'character'], notNull: true },
      { name: 'data', type: 'bytea', notNull: true },
      {
        name: 'expiry_date',
        type: 'timestamp with time zone',
        alsoAccepts: ['timestamp(6) with time zone'],
        notNull: true,
      },
    ],
  },
  mysql: {
    // The library's schema is the database of the connection: `with_schema_name` names another than `tower_sessions`.
    ...common,
    columns: [
      { name: 'id', type: 'char(22)', alsoAccepts: ['char', 'varchar'], notNull: true },
      { name: 'data', type: 'blob', alsoAccepts: ['mediumblob', 'longblob'], notNull: true },
      { name: 'expiry_date', type: 'timestamp(6)', alsoAccepts: ['timestamp'], notNull: true },
    ],
  },
};
