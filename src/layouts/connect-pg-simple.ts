import type { Layout } from './layout.ts';

/** connect-pg-simple for Express: https://github.com/voxpelli/node-connect-pg-simple, `table.sql`. */
export const connectPgSimple: Layout = {
  name: 'connect-pg-simple',
  title: 'connect-pg-simple (Express)',
  source: 'https://github.com/voxpelli/node-connect-pg-simple',
  library: {
    versions: '10.0.0',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself: 'Each process deletes expired sessions every 15 minutes, with one unbounded DELETE.',
    switchOff: 'Set `pruneSessionInterval: false`.',
  },
  age: 'expiry',
  postgres: {
    table: 'session',
    columns: [
      { name: 'sid', type: 'character varying', alsoAccepts: ['text'], notNull: true },
      { name: 'sess', type: 'json', alsoAccepts: ['jsonb'], notNull: true },
      {
        name: 'expire',
        type: 'timestamp(6) without time zone',
        alsoAccepts: [
          'timestamp without time zone',
          'timestamp with time zone',
          'timestamp(6) with time zone',
        ],
        notNull: true,
      },
    ],
    key: { column: 'sid', is: 'primary' },
    primaryKey: { columns: ['sid'], constraint: 'session_pkey' },
    rules: [{ at: { column: 'expire', zone: 'application' } }],
    payload: 'sess',
    indexes: [{ name: 'IDX_session_expire', columns: ['expire'] }],
    timeIndex: { name: 'IDX_session_expire', column: 'expire' },
  },
};
