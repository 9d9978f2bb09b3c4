import type { Layout } from './layout.ts';

/** express-mysql-session for Express: https://github.com/chill117/express-mysql-session, `schema.sql`. */
export const expressMysqlSession: Layout = {
  name: 'express-mysql-session',
  title: 'express-mysql-session (Express)',
  source: 'https://github.com/chill117/express-mysql-session',
  library: {
    versions: '3.0.3',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself: 'Each process deletes expired sessions every 15 minutes, with one unbounded DELETE.',
    switchOff: 'Set `clearExpired: false`.',
  },
  age: 'expiry',
  mysql: {
    table: 'sessions',
    columns: [
      {
        name: 'session_id',
        type: 'varchar(128)',
        alsoAccepts: ['varchar', 'char'],
        notNull: true,
        collation: 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
      },
      {
        name: 'expires',
        type: 'int unsigned',
        alsoAccepts: ['int', 'bigint', 'bigint unsigned'],
        makes: 'int(11) unsigned',
        notNull: true,
      },
      {
        name: 'data',
        type: 'mediumtext',
        // Tables of versions before 2.1.2 have text.
        alsoAccepts: ['text', 'longtext'],
        notNull: false,
        collation: 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
      },
    ],
    key: { column: 'session_id', is: 'primary' },
    rules: [{ at: { column: 'expires', unit: 's' } }],
    payload: 'data',
    indexes: [],
    timeIndex: { name: '{table}_expires', column: 'expires' },
    renamable: ['session_id', 'expires', 'data'],
  },
};
