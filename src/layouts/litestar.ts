import type { Layout, Variant } from './layout.ts';
import type { Column, TableForm } from './table-form.ts';

/** The types of one server, as SQLAlchemy names them there. */
interface Types {
  readonly id: string;
  readonly string: string;
  readonly bytes: string;
  readonly time: string;
  readonly integer: string;
}

const postgres: Types = {
  id: 'uuid',
  string: 'character varying(255)',
  bytes: 'bytea',
  time: 'timestamp with time zone',
  integer: 'integer',
};

const mysql: Types = {
  id: 'binary(16)',
  string: 'varchar(255)',
  bytes: 'blob',
  time: 'datetime',
  integer: 'int',
};

/** The table of a mixin: `names` are the columns that find a session, `payload` is the one that holds it. */
function tableOf(
  types: Types,
  table: string,
  names: readonly [string, ...string[]],
  payload: string,
): TableForm {
  const column = (name: string, type: string, notNull = true): Column => ({ name, type, notNull });
  const time = { name: 'ix_{table}_expires_at', column: 'expires_at' };
  return {
    table,
    columns: [
      column('id', types.id),
      ...names.map((name) => column(name, types.string)),
      column(payload, types.bytes),
      column('expires_at', types.time),
      column('sa_orm_sentinel', types.integer, false),
    ],
    // The store's key is two columns: then the row's own id has to do.
    key: names.length === 1 ? { column: names[0], is: 'unique' } : { column: 'id', is: 'primary' },
    primaryKey: { columns: ['id'], constraint: 'pk_{table}' },
    rules: [{ at: { column: 'expires_at', zone: 'UTC' } }],
    payload,
    indexes: [
      { name: `uq_{table}_${names.join('_')}`, columns: names, unique: 'constraint' },
      { name: time.name, columns: [time.column] },
    ],
    timeIndex: time,
    // The application derives its own class from the mixin.
    hasOtherColumns: true,
  };
}

const versions = 'Litestar 2.25.0 with Advanced Alchemy 1.12.0';

/** Litestar's own session backend on a store of Advanced Alchemy: `extensions/litestar/store.py`, `StoreModelMixin`. */
const store: Variant = {
  name: 'store',
  title: 'Litestar, store of Advanced Alchemy',
  library: {
    versions,
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself: 'The store deletes no expired entry.',
  },
  postgres: tableOf(postgres, 'session_store', ['key', 'namespace'], 'value'),
  mysql: tableOf(mysql, 'session_store', ['key', 'namespace'], 'value'),
};

/** Litestar's session backend of Advanced Alchemy: `extensions/litestar/session.py`, `SessionModelMixin`. */
export const litestar: Layout = {
  name: 'litestar',
  title: 'Litestar, session backend of Advanced Alchemy',
  source: 'https://github.com/litestar-org/advanced-alchemy',
  library: {
    versions,
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself:
      'The application may call `delete_expired`: one unbounded DELETE, which on MySQL errs by the distance between the connection’s zone and UTC.',
    switchOff: 'Leave out the call of `delete_expired`.',
  },
  age: 'expiry',
  postgres: tableOf(postgres, 'user_sessions', ['session_id'], 'data'),
  mysql: tableOf(mysql, 'user_sessions', ['session_id'], 'data'),
  variants: [store],
};
