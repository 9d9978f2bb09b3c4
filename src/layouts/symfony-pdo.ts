import type { Layout } from './layout.ts';
import type { TableForm } from './table-form.ts';

/** Symfony 5.4's limit: more than ten years of seconds are no lifetime, but the end of a session since 1970. */
const longestLifetime = 315_576_000;

/** The parts that both servers share. */
const common = {
  table: 'sessions',
  key: { column: 'sess_id', is: 'primary' },
  rules: [
    { at: { column: 'sess_lifetime', unit: 's' }, when: { column: 'sess_lifetime', above: longestLifetime } },
    // Versions until 4.3 wrote the session's lifetime where later ones write its end.
    {
      at: { column: 'sess_time', unit: 's' },
      plus: { column: 'sess_lifetime', unit: 's' },
      when: { column: 'sess_lifetime', atMost: longestLifetime },
    },
  ],
  payload: 'sess_data',
  indexes: [{ name: 'sess_lifetime_idx', columns: ['sess_lifetime'] }],
  timeIndex: { name: 'sess_lifetime_idx', column: 'sess_lifetime' },
  renamable: ['sess_id', 'sess_data', 'sess_lifetime', 'sess_time'],
} as const satisfies Partial<TableForm>;

/** Symfony's PdoSessionHandler: https://github.com/symfony/http-foundation, `Session/Storage/Handler`. */
export const symfonyPdo: Layout = {
  name: 'symfony-pdo',
  title: 'Symfony (PHP), PdoSessionHandler',
  source: 'https://github.com/symfony/http-foundation/tree/HEAD/Session/Storage/Handler',
  library: {
    versions: 'symfony/http-foundation 7.4.22 and 5.4.53, with rows of 4.3 and older',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself:
      'PHP’s garbage collection deletes expired sessions on a random share of requests, with one unbounded DELETE; Debian’s PHP has it switched off.',
    switchOff: 'Set `session.gc_probability = 0` in php.ini.',
  },
  age: 'expiry',
  postgres: {
    ...common,
    columns: [
      {
        name: 'sess_id',
        type: 'character varying(128)',
        alsoAccepts: ['character varying', 'text'],
        notNull: true,
      },
      { name: 'sess_data', type: 'bytea', notNull: true },
      { name: 'sess_lifetime', type: 'integer', alsoAccepts: ['bigint'], notNull: true },
      { name: 'sess_time', type: 'integer', alsoAccepts: ['bigint'], notNull: true },
    ],
  },
  mysql: {
    ...common,
    columns: [
      {
        name: 'sess_id',
        type: 'varbinary(128)',
        alsoAccepts: ['varbinary', 'binary', 'varchar'],
        notNull: true,
      },
      { name: 'sess_data', type: 'blob', alsoAccepts: ['mediumblob', 'longblob'], notNull: true },
      {
        name: 'sess_lifetime',
        type: 'int unsigned',
        alsoAccepts: ['int', 'bigint', 'bigint unsigned'],
        notNull: true,
      },
      {
        name: 'sess_time',
        type: 'int unsigned',
        alsoAccepts: ['int', 'bigint', 'bigint unsigned'],
        notNull: true,
      },
    ],
    tableOptions: 'ENGINE = InnoDB',
  },
};
