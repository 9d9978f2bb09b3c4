import type { Layout } from './layout.ts';
import type { TableForm } from './table-form.ts';

/** The parts that both servers share. */
const common = {
  table: 'session',
  key: { column: 'id', is: 'primary' },
  rules: [{ at: { column: 'expire', unit: 's' } }],
  payload: 'data',
  // Yii's documentation asks for an index on `expire` and gives it no name.
  indexes: [],
  timeIndex: { name: '{table}_expire_idx', column: 'expire' },
} as const satisfies Partial<TableForm>;

/** Yii's DbSession: https://github.com/yiisoft/yii2, `framework/web/DbSession.php`. */
export const yii2: Layout = {
  name: 'yii2',
  title: 'Yii 2 (PHP), DbSession',
  source: 'https://www.yiiframework.com/doc/api/2.0/yii-web-dbsession',
  library: {
    versions: '2.0.55',
    proof: 'source',
    readsCheckExpiry: true,
    cleansItself: 'One request of a hundred deletes expired sessions, with one unbounded DELETE.',
    switchOff: 'Set `gcProbability` of the session component to 0.',
  },
  age: 'expiry',
  postgres: {
    ...common,
    columns: [
      { name: 'id', type: 'character(40)', alsoAccepts: ['character', 'character varying'], notNull: true },
      { name: 'expire', type: 'integer', alsoAccepts: ['bigint'], notNull: false },
      { name: 'data', type: 'bytea', notNull: false },
    ],
  },
  mysql: {
    ...common,
    columns: [
      { name: 'id', type: 'char(40)', alsoAccepts: ['char', 'varchar'], notNull: true },
      { name: 'expire', type: 'int', alsoAccepts: ['int unsigned', 'bigint'], notNull: false },
      { name: 'data', type: 'longblob', alsoAccepts: ['blob', 'mediumblob'], notNull: false },
    ],
  },
};
