import type { Layout } from './layout.ts';
import type { TableForm } from './table-form.ts';

const common = {
  table: 'Sessions',
  key: { column: 'sid', is: 'primary' },
  payload: 'data',
  indexes: [],
  timeIndex: { name: '{table}_expires', column: 'expires' },
  // A model of the application's own, with `extendDefaultFields`.
  hasOtherColumns: true,
} as const satisfies Partial<TableForm>;

/** connect-session-sequelize for Express: https://github.com/mweibel/connect-session-sequelize, `lib/model.js`. */
export const connectSessionSequelize: Layout = {
  name: 'connect-session-sequelize',
  title: 'connect-session-sequelize (Express)',
  source: 'https://github.com/mweibel/connect-session-sequelize',
  library: {
    versions: '8.0.6 with Sequelize 6.37.8',
    proof: 'library',
    readsCheckExpiry: false,
    cleansItself: 'Each process deletes expired sessions every 15 minutes, with one unbounded DELETE.',
    switchOff: 'Set `checkExpirationInterval: 0`.',
  },
  age: 'expiry',
  postgres: {
    ...common,
    columns: [
      {
        name: 'sid',
        type: 'character varying(36)',
        alsoAccepts: ['character varying', 'text'],
        notNull: true,
      },
      { name: 'expires', type: 'timestamp with time zone', notNull: false },
      { name: 'data', type: 'text', alsoAccepts: ['character varying'], notNull: false },
      { name: 'createdAt', type: 'timestamp with time zone', notNull: true },
      { name: 'updatedAt', type: 'timestamp with time zone', notNull: true },
    ],
    rules: [{ at: { column: 'expires' } }],
  },
  mysql: {
    ...common,
    columns: [
      { name: 'sid', type: 'varchar(36)', alsoAccepts: ['varchar', 'char'], notNull: true },
      { name: 'expires', type: 'datetime', notNull: false },
      { name: 'data', type: 'text', alsoAccepts: ['mediumtext', 'longtext'], notNull: false },
      { name: 'createdAt', type: 'datetime', notNull: true },
      { name: 'updatedAt', type: 'datetime', notNull: true },
    ],
    rules: [{ at: { column: 'expires', zone: 'UTC' } }],
  },
};
