import type { Layout } from './layout.ts';
import type { TableForm } from './table-form.ts';

/** The parts that both servers share. */
const common = {
  table: 'sessions',
  key: { column: 'sid', is: 'primary' },
  rules: [{ at: { column: 'timestamp', unit: 's' } }],
  payload: 'session',
  indexes: [],
  timeIndex: { name: '{table}_timestamp', column: 'timestamp' },
  madeBy: 'library',
} as const satisfies Partial<TableForm>;

/** Drupal: https://git.drupalcode.org/project/drupal, `core/lib/Drupal/Core/Session/SessionHandler.php`. */
export const drupal: Layout = {
  name: 'drupal',
  title: 'Drupal (PHP)',
  source: 'https://git.drupalcode.org/project/drupal/-/tree/HEAD/core/lib/Drupal/Core/Session',
  library: {
    versions: '8 and later',
    proof: 'source',
    readsCheckExpiry: false,
    cleansItself:
      'One request of a hundred deletes sessions that are older than `gc_maxlifetime`, with one unbounded DELETE.',
    switchOff: 'Set `gc_probability: 0` in `session.storage.options` of services.yml.',
  },
  age: 'modified',
  postgres: {
    ...common,
    columns: [
      { name: 'uid', type: 'bigint', alsoAccepts: ['integer'], notNull: true },
      { name: 'sid', type: 'character varying(128)', alsoAccepts: ['character varying'], notNull: true },
      { name: 'timestamp', type: 'bigint', alsoAccepts: ['integer'], notNull: true },
      { name: 'session', type: 'bytea', notNull: false },
    ],
  },
  mysql: {
    ...common,
    columns: [
      { name: 'uid', type: 'int unsigned', alsoAccepts: ['int', 'bigint'], notNull: true },
      { name: 'sid', type: 'varchar(128)', alsoAccepts: ['varchar'], notNull: true },
      { name: 'timestamp', type: 'bigint', alsoAccepts: ['int'], notNull: true },
      { name: 'session', type: 'longblob', notNull: false },
    ],
  },
};
