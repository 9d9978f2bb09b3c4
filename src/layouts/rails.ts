import type { Layout } from './layout.ts';
import type { TableForm } from './table-form.ts';

/** The parts that both servers share. ActiveRecord writes UTC unless `default_timezone` is `:local`. */
const common = {
  table: 'sessions',
  key: { column: 'session_id', is: 'unique' },
  primaryKey: { columns: ['id'] },
  rules: [
    { at: { column: 'updated_at', zone: 'UTC', zoneMayDiffer: true } },
    { at: { column: 'created_at', zone: 'UTC', zoneMayDiffer: true }, optional: 'creationLimit' },
  ],
  payload: 'data',
  indexes: [
    { name: 'index_{table}_on_session_id', columns: ['session_id'], unique: 'index' },
    { name: 'index_{table}_on_updated_at', columns: ['updated_at'] },
  ],
  timeIndex: { name: 'index_{table}_on_updated_at', column: 'updated_at' },
} as const satisfies Partial<TableForm>;

const postgresTime = {
  type: 'timestamp(6) without time zone',
  alsoAccepts: ['timestamp without time zone', 'timestamp(6) with time zone', 'timestamp with time zone'],
  notNull: true,
} as const;
const mysqlTime = { type: 'datetime(6)', alsoAccepts: ['datetime'], notNull: true } as const;

/** activerecord-session_store: https://github.com/rails/activerecord-session_store, the template of its migration. */
export const rails: Layout = {
  name: 'rails',
  title: 'activerecord-session_store (Ruby on Rails)',
  source: 'https://github.com/rails/activerecord-session_store',
  library: {
    versions: '2.3.0; the suite writes the rows with ActiveRecord 7.2.2 itself',
    proof: 'source',
    readsCheckExpiry: false,
    cleansItself: 'The library leaves clean-up to the task `db:sessions:trim`: one unbounded DELETE.',
    switchOff: 'Take the task `db:sessions:trim` out of cron.',
  },
  age: 'modified',
  postgres: {
    ...common,
    columns: [
      { name: 'id', type: 'bigint', makes: 'bigserial', alsoAccepts: ['integer', 'uuid'], notNull: true },
      { name: 'session_id', type: 'character varying', alsoAccepts: ['text'], notNull: true },
      { name: 'data', type: 'text', alsoAccepts: ['bytea', 'json', 'jsonb'], notNull: false },
      { name: 'created_at', ...postgresTime },
      { name: 'updated_at', ...postgresTime },
    ],
  },
  mysql: {
    ...common,
    columns: [
      { name: 'id', type: 'bigint', makes: 'bigint AUTO_INCREMENT', alsoAccepts: ['int'], notNull: true },
      { name: 'session_id', type: 'varchar(255)', alsoAccepts: ['varchar'], notNull: true },
      { name: 'data', type: 'text', alsoAccepts: ['mediumtext', 'longtext', 'json'], notNull: false },
      { name: 'created_at', ...mysqlTime },
      { name: 'updated_at', ...mysqlTime },
    ],
  },
};
