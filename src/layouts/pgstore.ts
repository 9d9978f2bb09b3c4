import type { Layout } from './layout.ts';

/** pgstore for gorilla/sessions: https://github.com/antonlindstrom/pgstore, `createSessionsTable` in `pgstore.go`. */
export const pgstore: Layout = {
  name: 'pgstore',
  title: 'pgstore (Go, gorilla/sessions)',
  source: 'https://github.com/antonlindstrom/pgstore',
  library: {
    versions: '1.0.0',
    proof: 'source',
    // A read compares the age of the signed data with the store's MaxAge, and not with the row's expiry.
    readsCheckExpiry: false,
    cleansItself:
      'The application may start `Cleanup`: one unbounded DELETE every 5 minutes in each process.',
    switchOff: 'Leave out the call of `Cleanup`.',
  },
  age: 'expiry',
  postgres: {
    table: 'http_sessions',
    columns: [
      { name: 'id', type: 'bigint', makes: 'bigserial', alsoAccepts: ['integer'], notNull: true },
      { name: 'key', type: 'bytea', notNull: false },
      { name: 'data', type: 'bytea', notNull: false },
      {
        name: 'created_on',
        type: 'timestamp with time zone',
        notNull: false,
        default: 'CURRENT_TIMESTAMP',
      },
      { name: 'modified_on', type: 'timestamp with time zone', notNull: false },
      { name: 'expires_on', type: 'timestamp with time zone', notNull: false },
    ],
    key: { column: 'key', is: 'plain' },
    primaryKey: { columns: ['id'] },
    rules: [{ at: { column: 'expires_on' } }],
    payload: 'data',
    indexes: [
      { name: '{table}_expiry_idx', columns: ['expires_on'] },
      { name: '{table}_key_idx', columns: ['key'] },
    ],
    timeIndex: { name: '{table}_expiry_idx', column: 'expires_on' },
  },
};
