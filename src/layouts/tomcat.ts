import type { Layout } from './layout.ts';
import type { TableForm } from './table-form.ts';

/** The manual's names; an application names the table and each column. */
const common = {
  table: 'tomcat_sessions',
  key: { column: 'session_id', is: 'primary' },
  rules: [
    {
      at: { column: 'last_access', unit: 'ms' },
      plus: { column: 'max_inactive', unit: 's' },
      // Other sessions never end.
      when: { column: 'max_inactive', above: 0 },
    },
  ],
  payload: 'session_data',
  timeIndex: { name: '{table}_last_access_idx', column: 'last_access' },
  renamable: ['session_id', 'valid_session', 'max_inactive', 'last_access', 'app_name', 'session_data'],
} as const satisfies Partial<TableForm>;

/** Tomcat's DataSourceStore: https://tomcat.apache.org/tomcat-11.0-doc/config/manager.html, the table of JDBC stores. */
export const tomcat: Layout = {
  name: 'tomcat',
  title: 'Tomcat (Java), PersistentManager with DataSourceStore',
  source: 'https://tomcat.apache.org/tomcat-11.0-doc/config/manager.html',
  library: {
    versions: '11.0.27',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself:
      'Each process reads all ended sessions of its application every minute, and deletes them one by one.',
  },
  age: 'expiry',
  postgres: {
    ...common,
    columns: [
      {
        name: 'session_id',
        type: 'character varying(100)',
        alsoAccepts: ['character varying', 'text'],
        notNull: true,
      },
      {
        name: 'valid_session',
        type: 'character(1)',
        alsoAccepts: ['character', 'character varying'],
        notNull: true,
      },
      { name: 'max_inactive', type: 'integer', alsoAccepts: ['bigint'], notNull: true },
      { name: 'last_access', type: 'bigint', notNull: true },
      {
        name: 'app_name',
        type: 'character varying(255)',
        alsoAccepts: ['character varying', 'text'],
        notNull: false,
      },
      { name: 'session_data', type: 'bytea', notNull: false },
    ],
    indexes: [{ name: '{table}_app_name_idx', columns: ['app_name'] }],
  },
  mysql: {
    ...common,
    columns: [
      { name: 'session_id', type: 'varchar(100)', alsoAccepts: ['varchar', 'char'], notNull: true },
      { name: 'valid_session', type: 'char(1)', alsoAccepts: ['char', 'varchar'], notNull: true },
      { name: 'max_inactive', type: 'int', alsoAccepts: ['bigint'], notNull: true },
      { name: 'last_access', type: 'bigint', notNull: true },
      { name: 'app_name', type: 'varchar(255)', alsoAccepts: ['varchar'], notNull: false },
      { name: 'session_data', type: 'mediumblob', alsoAccepts: ['longblob', 'blob'], notNull: false },
    ],
    indexes: [{ name: 'kapp_name', columns: ['app_name'] }],
  },
};
