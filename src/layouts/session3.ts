import type { Layout } from './layout.ts';

/** session3 for Quixote: https://pypi.org/project/session3/, `session3/store/*.py`. */
export const session3: Layout = {
  name: 'session3',
  title: 'session3 (Python, Quixote)',
  source: 'https://pypi.org/project/session3/',
  library: {
    versions: '3.4.2',
    proof: 'library',
    readsCheckExpiry: false,
    cleansItself: 'The library leaves `delete_old_sessions` to the application.',
  },
  age: 'modified',
  postgres: {
    table: 'sessions',
    columns: [
      { name: 'id', type: 'text', alsoAccepts: ['character varying'], notNull: true },
      { name: 'pickle', type: 'bytea', alsoAccepts: ['text'], notNull: true },
      {
        name: 'modify_time',
        type: 'timestamp with time zone',
        alsoAccepts: ['timestamp without time zone'],
        notNull: true,
        default: 'now()',
      },
    ],
    key: { column: 'id', is: 'primary' },
    rules: [{ at: { column: 'modify_time', zone: 'application' } }],
    payload: 'pickle',
    indexes: [{ name: '{table}_modify_time_idx', columns: ['modify_time'] }],
    timeIndex: { name: '{table}_modify_time_idx', column: 'modify_time' },
  },
  mysql: {
    table: 'sessions',
    columns: [
      // Ids are compared byte by byte, because the server's own collation may treat `a` as `A`, and one session as
      // another.
      {
        name: 'id',
        type: 'varchar(255)',
        alsoAccepts: ['varchar', 'char', 'varbinary'],
        notNull: true,
        collation: 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
      },
      // session3's own BLOB ends at 64 KiB.
      { name: 'pickle', type: 'longblob', alsoAccepts: ['mediumblob', 'blob'], notNull: true },
      { name: 'modify_time', type: 'timestamp', notNull: true, isCurrent: true },
    ],
    key: { column: 'id', is: 'primary' },
    rules: [{ at: { column: 'modify_time' } }],
    payload: 'pickle',
    indexes: [{ name: 'modify_time', columns: ['modify_time'] }],
    timeIndex: { name: 'modify_time', column: 'modify_time' },
  },
  directory: {
    // session3 has no naming rule: every regular file that is not a dot-file is a session.
    name: { id: /^/ },
    rules: [{ at: 'mtime' }],
    // A zero-byte file is a writer's leftover, or a session about to be written.
    mayBeEmpty: true,
    // Pickle protocols 2 to 5 begin with PROTO (0x80) and their number.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these bytes
    head: /^\x80[\x02-\x05]/,
    saves: true,
  },
  shelve: true,
  durus: true,
};
