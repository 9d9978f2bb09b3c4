import type { Layout } from './layout.ts';
import type { TableForm } from './table-form.ts';

/** The parts that both servers share. */
const common = {
  table: 'sessions',
  key: { column: 'id', is: 'primary' },
  rules: [{ at: { column: 'expires', unit: 's' } }],
  payload: 'data',
  indexes: [],
  timeIndex: { name: '{table}_expires_idx', column: 'expires' },
} as const satisfies Partial<TableForm>;

/** CakePHP's DatabaseSession: https://github.com/cakephp/app, `config/schema/sessions.sql`. */
export const cakephp: Layout = {
  name: 'cakephp',
  title: 'CakePHP, DatabaseSession',
  source: 'https://github.com/cakephp/app/blob/HEAD/config/schema/sessions.sql',
  library: {
    versions: '3 to 5',
    proof: 'source',
    // By a time in the session's data.
    readsCheckExpiry: true,
    cleansItself:
      'PHP’s garbage collection deletes expired sessions on a random share of requests, with one unbounded DELETE; Debian’s PHP has it switched off.',
    switchOff: 'Set `session.gc_probability = 0` in php.ini.',
  },
  age: 'expiry',
  postgres: {
    ...common,
    columns: [
      { name: 'id', type: 'character(40)', alsoAccepts: ['character', 'character varying'], notNull: true },
      { name: 'data', type: 'bytea', alsoAccepts: ['text'], notNull: false },
      { name: 'expires', type: 'integer', alsoAccepts: ['bigint'], notNull: false },
    ],
  },
  mysql: {
    ...common,
    columns: [
      {
        name: 'id',
        type: 'char(40)',
        alsoAccepts: ['char', 'varchar'],
        notNull: true,
        collation: 'CHARACTER SET ascii COLLATE ascii_bin',
      },
      { name: 'created', type: 'datetime', notNull: false, default: 'CURRENT_TIMESTAMP' },
      {
        name: 'modified',
        type: 'datetime',
        notNull: false,
        default: 'CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP',
      },
      {
        name: 'data',
        type: 'blob',
        alsoAccepts: ['mediumblob', 'longblob', 'text', 'mediumtext'],
        notNull: false,
      },
      { name: 'expires', type: 'int unsigned', alsoAccepts: ['int', 'bigint'], notNull: false },
    ],
    tableOptions: 'DEFAULT CHARSET=utf8mb4',
  },
};
