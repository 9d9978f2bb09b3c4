import type { Layout } from './layout.ts';

/** connect-pg-simple for Express: https://github.com/voxpelli/node-connect-pg-simple, `table.sql`. */
export const connectPgSimple: Layout = {
  name: 'connect-pg-simple',
  title: 'connect-pg-simple (Express)',
  source: 'https://github.com/voxpelli/node-connect-pg-simple',
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
    primaryKey: { column: 'sid', constraint: 'session_pkey' },
    time: { column: 'expire', zone: 'local' },
    payload: 'sess',
    index: { name: 'IDX_session_expire', column: 'expire' },
  },
};
