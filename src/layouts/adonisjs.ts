import type { Layout } from './layout.ts';

/** AdonisJS' database store: https://github.com/adonisjs/session, `stubs/make/migration/sessions.stub`. */
export const adonisjs: Layout = {
  name: 'adonisjs',
  title: 'AdonisJS, database store',
  source: 'https://github.com/adonisjs/session',
  library: {
    versions: '8.1.0 with Lucid 22.4.2',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself: 'Of every 50 writes of a session, one also deletes all expired sessions, with one DELETE.',
    switchOff: 'Set `gcProbability: 0` in `stores.database()`.',
  },
  age: 'expiry',
  postgres: {
    table: 'sessions',
    columns: [
      {
        name: 'id',
        type: 'character varying(255)',
        alsoAccepts: ['character varying', 'text'],
        notNull: true,
      },
      { name: 'data', type: 'text', notNull: true },
      {
        name: 'user_id',
        type: 'character varying(255)',
        alsoAccepts: ['character varying', 'text'],
        notNull: false,
      },
      { name: 'expires_at', type: 'timestamp with time zone', notNull: true },
    ],
    key: { column: 'id', is: 'primary' },
    rules: [{ at: { column: 'expires_at' }, inclusive: true }],
    payload: 'data',
    indexes: [
      { name: '{table}_user_id_index', columns: ['user_id'] },
      { name: '{table}_expires_at_index', columns: ['expires_at'] },
    ],
    timeIndex: { name: '{table}_expires_at_index', column: 'expires_at' },
  },
  mysql: {
    table: 'sessions',
    columns: [
      { name: 'id', type: 'varchar(255)', notNull: true },
      { name: 'data', type: 'text', alsoAccepts: ['mediumtext', 'longtext'], notNull: true },
      { name: 'user_id', type: 'varchar(255)', notNull: false },
      { name: 'expires_at', type: 'timestamp', notNull: true },
    ],
    key: { column: 'id', is: 'primary' },
    // AdonisJS runs with TZ=UTC, in whose clock the driver writes, and leaves the connection in the server's zone.
    rules: [{ at: { column: 'expires_at', throughSession: true }, inclusive: true }],
    payload: 'data',
    indexes: [
      { name: '{table}_user_id_index', columns: ['user_id'] },
      { name: '{table}_expires_at_index', columns: ['expires_at'] },
    ],
    timeIndex: { name: '{table}_expires_at_index', column: 'expires_at' },
  },
};
