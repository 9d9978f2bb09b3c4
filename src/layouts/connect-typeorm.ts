import type { Layout } from './layout.ts';
import type { TableForm } from './table-form.ts';

// TypeORM derives the names of the index and the key from those of the table and its columns. With another name for the
// table, set-up keeps these, which TypeORM renames when it synchronizes.
const common = {
  table: 'session',
  key: { column: 'id', is: 'primary' },
  primaryKey: { columns: ['id'], constraint: 'PK_f55da76ac1c3ac420f444d2ff11' },
  rules: [
    { at: { column: 'expiredAt', unit: 'ms' }, inclusive: true },
    // A session that was destroyed stays as a row that the library no longer reads. A wrong zone here harms no session.
    { at: { column: 'destroyedAt', zone: 'UTC', zoneMayDiffer: true, nullMeans: 'never' } },
  ],
  payload: 'json',
  indexes: [{ name: 'IDX_28c5d1d16da7908c97c9bc2f74', columns: ['expiredAt'] }],
  timeIndex: { name: 'IDX_28c5d1d16da7908c97c9bc2f74', column: 'expiredAt' },
  hasOtherColumns: true,
} as const satisfies Partial<TableForm>;

/** connect-typeorm for Express: https://github.com/freshgiammi-lab/connect-typeorm, the entity in its README. */
export const connectTypeorm: Layout = {
  name: 'connect-typeorm',
  title: 'connect-typeorm (Express)',
  source: 'https://github.com/freshgiammi-lab/connect-typeorm',
  library: {
    versions: '2.0.0 with TypeORM 0.3.31',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself:
      'With `cleanupLimit`, each save of a session deletes up to that number of expired ones; without it, the library deletes none.',
    switchOff: 'Leave `cleanupLimit` out.',
  },
  age: 'expiry',
  postgres: {
    ...common,
    columns: [
      { name: 'expiredAt', type: 'bigint', notNull: true },
      {
        name: 'id',
        type: 'character varying(255)',
        alsoAccepts: ['character varying', 'text'],
        notNull: true,
      },
      { name: 'json', type: 'text', alsoAccepts: ['character varying'], notNull: true },
      {
        name: 'destroyedAt',
        type: 'timestamp without time zone',
        alsoAccepts: ['timestamp with time zone'],
        notNull: false,
      },
    ],
  },
  mysql: {
    ...common,
    columns: [
      { name: 'expiredAt', type: 'bigint', notNull: true },
      { name: 'id', type: 'varchar(255)', alsoAccepts: ['varchar', 'char'], notNull: true },
      { name: 'json', type: 'text', alsoAccepts: ['mediumtext', 'longtext'], notNull: true },
      { name: 'destroyedAt', type: 'datetime(6)', alsoAccepts: ['datetime', 'timestamp'], notNull: false },
    ],
  },
};
