import type { Layout } from './layout.ts';
import type { TableForm } from './table-form.ts';

const common = {
  table: 'sessions',
  key: { column: 'sid', is: 'primary' },
  primaryKey: { columns: ['sid'], constraint: '{table}_pkey' },
  payload: 'sess',
  indexes: [{ name: '{table}_expired_index', columns: ['expired'] }],
  timeIndex: { name: '{table}_expired_index', column: 'expired' },
  renamable: ['sid'],
} as const satisfies Partial<TableForm>;

/** connect-session-knex for Express: https://github.com/gx0r/connect-session-knex, `src/index.ts` and `src/utils.ts`. */
export const connectSessionKnex: Layout = {
  name: 'connect-session-knex',
  title: 'connect-session-knex (Express)',
  source: 'https://github.com/gx0r/connect-session-knex',
  library: {
    versions: '5.0.0 with knex 3.3.0',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself:
      'Each process deletes expired sessions at its start and every minute, with one unbounded DELETE.',
    switchOff: 'Set `cleanupInterval: 0`.',
  },
  age: 'expiry',
  postgres: {
    ...common,
    columns: [
      {
        name: 'sid',
        type: 'character varying(255)',
        alsoAccepts: ['character varying', 'text'],
        notNull: true,
      },
      { name: 'sess', type: 'json', alsoAccepts: ['jsonb', 'text'], notNull: true },
      { name: 'expired', type: 'timestamp with time zone', notNull: true },
    ],
    rules: [{ at: { column: 'expired' } }],
  },
  mysql: {
    ...common,
    columns: [
      { name: 'sid', type: 'varchar(255)', alsoAccepts: ['varchar', 'char'], notNull: true },
      // MariaDB shows json as longtext; the library takes text for a server before 5.7.8.
      { name: 'sess', type: 'json', alsoAccepts: ['longtext', 'mediumtext', 'text'], notNull: true },
      { name: 'expired', type: 'datetime', notNull: true },
    ],
    rules: [{ at: { column: 'expired', zone: 'UTC' } }],
  },
};
