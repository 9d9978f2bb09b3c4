import type { Layout } from './layout.ts';
import type { Column, TableForm } from './table-form.ts';

/** The parts that both servers share. */
const common = {
  table: 'sessions',
  key: { column: 'id', is: 'primary' },
  // Laravel deletes with `<=`.
  rules: [{ at: { column: 'last_activity', unit: 's' }, inclusive: true }],
  payload: 'payload',
  indexes: [
    { name: '{table}_user_id_index', columns: ['user_id'] },
    { name: '{table}_last_activity_index', columns: ['last_activity'] },
  ],
  timeIndex: { name: '{table}_last_activity_index', column: 'last_activity' },
} as const satisfies Partial<TableForm>;

const columns = (text: string, int: string, userId: Pick<Column, 'type' | 'alsoAccepts'>) => [
  { name: 'id', type: `${text}(255)`, alsoAccepts: [text, 'text'], notNull: true },
  // Some applications have other keys of users: a uuid, say.
  { name: 'user_id', ...userId, notNull: false },
  { name: 'ip_address', type: `${text}(45)`, alsoAccepts: [text, 'text'], notNull: false },
  { name: 'user_agent', type: 'text', notNull: false },
  {
    name: 'payload',
    type: text === 'varchar' ? 'longtext' : 'text',
    alsoAccepts: ['text', 'mediumtext'],
    notNull: true,
  },
  { name: 'last_activity', type: int, alsoAccepts: ['bigint'], notNull: true },
];

/** Laravel's `database` driver: https://github.com/laravel/framework, `Illuminate/Session/DatabaseSessionHandler.php`. */
export const laravel: Layout = {
  name: 'laravel',
  title: 'Laravel (PHP), SESSION_DRIVER=database',
  source: 'https://github.com/laravel/framework/tree/HEAD/src/Illuminate/Session',
  library: {
    versions: 'illuminate/session 13.31.0',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself: 'Two requests of a hundred delete expired sessions, with one unbounded DELETE.',
    switchOff: "Set `'lottery' => [0, 100]` in `config/session.php`.",
  },
  age: 'modified',
  postgres: {
    ...common,
    columns: columns('character varying', 'integer', { type: 'bigint', alsoAccepts: ['integer', 'uuid'] }),
  },
  mysql: {
    ...common,
    columns: columns('varchar', 'int', {
      type: 'bigint unsigned',
      alsoAccepts: ['bigint', 'int unsigned', 'char', 'varchar'],
    }),
    // Of the connection, in Laravel's `config/database.php`.
    tableOptions: "DEFAULT CHARACTER SET utf8mb4 COLLATE 'utf8mb4_unicode_ci'",
  },
};
