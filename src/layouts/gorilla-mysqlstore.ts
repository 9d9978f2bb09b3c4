import type { Layout } from './layout.ts';

/** mysqlstore for gorilla/sessions: https://github.com/srinathgs/mysqlstore, `mysqlstore.go`. */
export const gorillaMysqlstore: Layout = {
  name: 'gorilla-mysqlstore',
  title: 'srinathgs/mysqlstore (Go, gorilla/sessions)',
  source: 'https://github.com/srinathgs/mysqlstore',
  library: {
    versions: 'ffbca72',
    proof: 'source',
    readsCheckExpiry: true,
    cleansItself:
      'The application may start `Cleanup`: one unbounded DELETE every 5 minutes in each process, which deletes live sessions if the connection’s zone is east of UTC.',
    switchOff: 'Leave out the call of `Cleanup`.',
  },
  age: 'expiry',
  mysql: {
    // The application names the table.
    table: 'sessions',
    columns: [
      { name: 'id', type: 'int', makes: 'int auto_increment', alsoAccepts: ['bigint'], notNull: true },
      { name: 'session_data', type: 'longblob', alsoAccepts: ['mediumblob', 'blob'], notNull: false },
      { name: 'created_on', type: 'timestamp', notNull: false, default: 'CURRENT_TIMESTAMP' },
      {
        name: 'modified_on',
        type: 'timestamp',
        notNull: true,
        default: 'CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP',
      },
      { name: 'expires_on', type: 'timestamp', notNull: false, default: 'CURRENT_TIMESTAMP' },
    ],
    key: { column: 'id', is: 'primary' },
    // The driver writes UTC's clock unless the address of the database has `loc`; the server takes it for its session's.
    rules: [{ at: { column: 'expires_on', throughSession: true } }],
    payload: 'session_data',
    indexes: [],
    timeIndex: { name: '{table}_expires_on_idx', column: 'expires_on' },
  },
};
