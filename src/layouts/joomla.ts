import type { Layout } from './layout.ts';
import type { TableForm } from './table-form.ts';

/** The parts that both servers share. */
const common = {
  // Joomla's installer puts a prefix of its own choice before `session`: name the table in the spec.
  table: 'jos_session',
  key: { column: 'session_id', is: 'primary' },
  rules: [{ at: { column: 'time', unit: 's' } }],
  payload: 'data',
  indexes: [],
  timeIndex: { name: '{table}_time', column: 'time' },
  madeBy: 'library',
} as const satisfies Partial<TableForm>;

/** Joomla: https://github.com/joomla/joomla-cms, `the base.sql of its installation`. */
export const joomla: Layout = {
  name: 'joomla',
  title: 'Joomla (PHP), session handler `Database`',
  source: 'https://github.com/joomla-framework/session/tree/HEAD/src/Handler',
  library: {
    versions: '3.9 and later',
    proof: 'source',
    readsCheckExpiry: true,
    cleansItself:
      'The plugin `System - Session Data Purge` deletes expired sessions on a random share of requests, with one unbounded DELETE.',
    switchOff: 'Disable the plugin `System - Session Data Purge`.',
  },
  age: 'modified',
  postgres: {
    ...common,
    columns: [
      { name: 'session_id', type: 'bytea', alsoAccepts: ['character varying'], notNull: true },
      { name: 'time', type: 'integer', alsoAccepts: ['bigint'], notNull: true },
      { name: 'data', type: 'text', notNull: false },
    ],
  },
  mysql: {
    ...common,
    columns: [
      { name: 'session_id', type: 'varbinary(192)', alsoAccepts: ['varbinary', 'varchar'], notNull: true },
      { name: 'time', type: 'int', alsoAccepts: ['int unsigned', 'bigint'], notNull: true },
      { name: 'data', type: 'mediumtext', alsoAccepts: ['text', 'longtext'], notNull: false },
    ],
  },
};
