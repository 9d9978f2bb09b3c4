import type { Layout } from './layout.ts';
import type { TableForm } from './table-form.ts';

/** The parts that both servers share. */
const common = {
  table: 'session',
  key: { column: 'sess_id', is: 'primary' },
  payload: 'vars',
  indexes: [],
  madeBy: 'library',
} as const satisfies Partial<TableForm>;

/** Roundcube: https://github.com/roundcube/roundcubemail, `SQL/*.initial.sql` and `session/db.php`. */
export const roundcube: Layout = {
  name: 'roundcube',
  title: 'Roundcube (PHP)',
  source: 'https://github.com/roundcube/roundcubemail/tree/HEAD/SQL',
  library: {
    versions: '1.6.20',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself:
      'PHP’s garbage collection and `bin/gc.sh` delete expired sessions, with one unbounded DELETE; Debian’s PHP has the first one switched off.',
    switchOff: 'Set `session.gc_probability = 0` in php.ini, and take `bin/gc.sh` out of cron.',
  },
  age: 'modified',
  postgres: {
    ...common,
    columns: [
      { name: 'sess_id', type: 'character varying(128)', alsoAccepts: ['character varying'], notNull: true },
      { name: 'changed', type: 'timestamp with time zone', notNull: true },
      { name: 'ip', type: 'character varying(41)', alsoAccepts: ['character varying'], notNull: true },
      { name: 'vars', type: 'text', notNull: true },
    ],
    rules: [{ at: { column: 'changed' } }],
    timeIndex: { name: 'session_changed_idx', column: 'changed' },
  },
  mysql: {
    ...common,
    columns: [
      { name: 'sess_id', type: 'varchar(128)', alsoAccepts: ['varchar'], notNull: true },
      { name: 'changed', type: 'datetime', notNull: true },
      { name: 'ip', type: 'varchar(40)', alsoAccepts: ['varchar'], notNull: true },
      { name: 'vars', type: 'mediumtext', alsoAccepts: ['text', 'longtext'], notNull: true },
    ],
    // The server's NOW(): Roundcube sets no zone of its own.
    rules: [{ at: { column: 'changed', zone: 'application' } }],
    timeIndex: { name: 'changed_index', column: 'changed' },
  },
};
