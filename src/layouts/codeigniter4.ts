import type { Layout } from './layout.ts';
import type { TableForm } from './table-form.ts';

/** The parts that both servers share. */
const common = {
  table: 'ci_sessions',
  key: { column: 'id', is: 'primary' },
  rules: [{ at: { column: 'timestamp' } }],
  payload: 'data',
  indexes: [{ name: '{table}_timestamp', columns: ['timestamp'] }],
  timeIndex: { name: '{table}_timestamp', column: 'timestamp' },
} as const satisfies Partial<TableForm>;

/** CodeIgniter's DatabaseHandler: https://github.com/codeigniter4/CodeIgniter4, `system/Session/Handlers`. */
export const codeigniter4: Layout = {
  name: 'codeigniter4',
  title: 'CodeIgniter 4 (PHP), DatabaseHandler',
  source: 'https://codeigniter.com/user_guide/libraries/sessions.html#databasehandler-driver',
  library: {
    versions: '4.1.3 in PostgreSQL; 4.7.2 from its source, and so MySQL, where 4.1.3 saves no time',
    proof: 'library',
    readsCheckExpiry: false,
    cleansItself:
      'PHP’s garbage collection deletes expired sessions on a random share of requests, with one unbounded DELETE; Debian’s PHP has it switched off.',
    switchOff: 'Set `session.gc_probability = 0` in php.ini.',
  },
  age: 'modified',
  postgres: {
    ...common,
    columns: [
      {
        name: 'id',
        type: 'character varying(128)',
        alsoAccepts: ['character varying', 'text'],
        notNull: true,
      },
      { name: 'ip_address', type: 'inet', notNull: true },
      { name: 'timestamp', type: 'timestamp with time zone', notNull: true, default: 'CURRENT_TIMESTAMP' },
      { name: 'data', type: 'bytea', notNull: true, default: "''" },
    ],
  },
  mysql: {
    ...common,
    columns: [
      { name: 'id', type: 'varchar(128)', alsoAccepts: ['varchar'], notNull: true },
      { name: 'ip_address', type: 'varchar(45)', alsoAccepts: ['varchar'], notNull: true },
      { name: 'timestamp', type: 'timestamp', notNull: true, default: 'CURRENT_TIMESTAMP' },
      { name: 'data', type: 'blob', alsoAccepts: ['mediumblob', 'longblob'], notNull: true },
    ],
  },
};
