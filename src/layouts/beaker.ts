import type { Layout } from './layout.ts';
import type { TableForm } from './table-form.ts';

const rest: Pick<TableForm, 'table' | 'key' | 'primaryKey' | 'rules' | 'payload' | 'timeIndex'> = {
  table: 'beaker_cache',
  key: { column: 'namespace', is: 'unique' },
  primaryKey: { columns: ['id'] },
  // Python's datetime.now(), in the zone of the process.
  rules: [{ at: { column: 'accessed', zone: 'application' } }],
  payload: 'data',
  timeIndex: { name: 'ix_{table}_accessed', column: 'accessed' },
};

/**
 * Beaker's session type `ext:database`: https://github.com/bbangert/beaker, `beaker/ext/database.py`. A table that
 * `ext:sqla` declares lacks `id`, and is adopted. Caches of Beaker may share the table: what goes is computed again.
 */
export const beaker: Layout = {
  name: 'beaker',
  title: 'Beaker (Pyramid, Bottle), sessions in a database',
  source: 'https://github.com/bbangert/beaker',
  library: {
    versions: '1.14.1 with SQLAlchemy 2.1.9',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself:
      'A row stays until the application deletes that session. Reads check the setting `timeout`.',
  },
  age: 'modified',
  postgres: {
    ...rest,
    columns: [
      { name: 'id', type: 'integer', makes: 'serial', alsoAccepts: ['bigint'], notNull: true },
      { name: 'namespace', type: 'character varying(255)', notNull: true },
      { name: 'accessed', type: 'timestamp without time zone', notNull: true },
      { name: 'created', type: 'timestamp without time zone', notNull: true },
      { name: 'data', type: 'bytea', notNull: true },
    ],
    indexes: [{ name: '{table}_namespace_key', columns: ['namespace'], unique: 'constraint' }],
  },
  mysql: {
    ...rest,
    columns: [
      { name: 'id', type: 'int', makes: 'int auto_increment', alsoAccepts: ['bigint'], notNull: true },
      { name: 'namespace', type: 'varchar(255)', notNull: true },
      { name: 'accessed', type: 'datetime', notNull: true },
      { name: 'created', type: 'datetime', notNull: true },
      { name: 'data', type: 'blob', notNull: true },
    ],
    indexes: [{ name: 'namespace', columns: ['namespace'], unique: 'constraint' }],
  },
};
