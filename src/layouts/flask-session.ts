import type { Layout } from './layout.ts';

const cleansItself =
  'Expired sessions stay until somebody runs `flask session_cleanup`: one unbounded DELETE. ' +
  'With `SESSION_CLEANUP_N_REQUESTS`, a request in N runs the same.';
const switchOff = 'Leave `SESSION_CLEANUP_N_REQUESTS` unset.';

/** Flask-Session with SQLAlchemy: https://github.com/pallets-eco/flask-session, `sqlalchemy/sqlalchemy.py`. */
export const flaskSession: Layout = {
  name: 'flask-session',
  title: 'Flask-Session, SQLAlchemy',
  source: 'https://github.com/pallets-eco/flask-session',
  library: {
    versions: '0.8.0 with SQLAlchemy 2.1.9',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself,
    switchOff,
  },
  age: 'expiry',
  // Versions before 0.7 left `expiry` NULL where SESSION_PERMANENT was False. The library never loads such a row again,
  // nor deletes it.
  postgres: {
    table: 'sessions',
    columns: [
      { name: 'id', type: 'integer', makes: 'serial', alsoAccepts: ['bigint'], notNull: true },
      { name: 'session_id', type: 'character varying(255)', notNull: false },
      { name: 'data', type: 'bytea', notNull: false },
      { name: 'expiry', type: 'timestamp without time zone', notNull: false },
    ],
    key: { column: 'session_id', is: 'unique' },
    primaryKey: { columns: ['id'] },
    rules: [{ at: { column: 'expiry', zone: 'UTC' }, inclusive: true }],
    payload: 'data',
    indexes: [{ name: '{table}_session_id_key', columns: ['session_id'], unique: 'constraint' }],
    timeIndex: { name: 'ix_{table}_expiry', column: 'expiry' },
  },
  mysql: {
    table: 'sessions',
    columns: [
      { name: 'id', type: 'int', makes: 'int auto_increment', alsoAccepts: ['bigint'], notNull: true },
      { name: 'session_id', type: 'varchar(255)', notNull: false },
      { name: 'data', type: 'blob', notNull: false },
      { name: 'expiry', type: 'datetime', notNull: false },
    ],
    key: { column: 'session_id', is: 'unique' },
    primaryKey: { columns: ['id'] },
    rules: [{ at: { column: 'expiry', zone: 'UTC' }, inclusive: true }],
    payload: 'data',
    indexes: [{ name: 'session_id', columns: ['session_id'], unique: 'constraint' }],
    timeIndex: { name: 'ix_{table}_expiry', column: 'expiry' },
  },
};

/** The same with psycopg2, on its development branch alone: `postgresql/_queries.py`. */
export const flaskSessionPostgresql: Layout = {
  name: 'flask-session-postgresql',
  title: 'Flask-Session, PostgreSQL (development branch)',
  source: 'https://github.com/pallets-eco/flask-session',
  library: { versions: 'bc2fe67', proof: 'source', readsCheckExpiry: true, cleansItself, switchOff },
  age: 'expiry',
  postgres: {
    table: 'flask_sessions',
    columns: [
      { name: 'session_id', type: 'character varying(255)', notNull: true },
      {
        name: 'created',
        type: 'timestamp without time zone',
        notNull: false,
        default: "(now() AT TIME ZONE 'utc')",
      },
      { name: 'data', type: 'bytea', notNull: false },
      { name: 'expiry', type: 'timestamp without time zone', notNull: false },
    ],
    key: { column: 'session_id', is: 'primary' },
    // The library stores now() plus the lifetime, which PostgreSQL converts to the connection's own zone.
    rules: [{ at: { column: 'expiry', zone: 'application' } }],
    payload: 'data',
    indexes: [
      { name: 'uq_{table}_session_id', columns: ['session_id'], unique: 'index' },
      { name: '{table}_expiry_idx', columns: ['expiry'] },
    ],
    timeIndex: { name: '{table}_expiry_idx', column: 'expiry' },
  },
};
