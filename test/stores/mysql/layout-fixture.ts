import type { TableForm } from '../../../src/layouts/table-form.ts';
import { deleteOldSessions } from '../../../src/stores/mysql/cleanup.ts';
import { type MysqlConnection, openConnection, type Value } from '../../../src/stores/mysql/connection.ts';
import type { MysqlContext } from '../../../src/stores/mysql/context.ts';
import { setUp } from '../../../src/stores/mysql/setup.ts';
import type { CleanupOptions, SetupOptions } from '../../../src/stores/session-store.ts';
import { owner, type Shop } from './fixture.ts';

/** A small layout: `id`, `data` and the time `t`, unless the test says otherwise. */
export const formOf = (form: Partial<TableForm>): TableForm => ({
  table: 'sessions',
  columns: [
    { name: 'id', type: 'varchar(64)', notNull: true },
    { name: 'data', type: 'text', notNull: false },
  ],
  key: { column: 'id', is: 'primary' },
  rules: [{ at: { column: 't' } }],
  payload: 'data',
  indexes: [],
  timeIndex: { name: '{table}_t', column: 't' },
  ...form,
});

export interface FormOptions extends Partial<CleanupOptions> {
  readonly timeZone?: string;
  /** The server's clock, as `2026-11-22 10:00:00` in UTC. */
  readonly now?: string;
  /** Called before each statement of the run. */
  readonly before?: (connection: MysqlConnection, text: string, values: readonly Value[]) => Promise<void>;
}

/** A connection with another clock, and with something to do before each statement. */
function wrapped(connection: MysqlConnection, { now, before }: FormOptions): MysqlConnection {
  const query = connection.query.bind(connection);
  const change = connection.change.bind(connection);
  const own = Object.assign(Object.create(connection) as MysqlConnection, { query, change });
  return Object.assign(connection, {
    query: async (text: string, values?: readonly Value[]) => {
      if (now !== undefined && text.startsWith('SELECT CAST(UTC_TIMESTAMP()')) return [{ now }];
      await before?.(own, text, values ?? []);
      return query(text, values);
    },
    change: async (text: string, values?: readonly Value[]) => {
      await before?.(own, text, values ?? []);
      return change(text, values);
    },
  }) as MysqlConnection;
}

export async function formContext(
  shop: Shop,
  layout: TableForm,
  options: FormOptions = {},
): Promise<MysqlContext & AsyncDisposable> {
  const connection = await openConnection(shop.folder);
  return {
    connection: wrapped(connection, options),
    layout,
    layoutName: 'test',
    age: 'expiry',
    target: { database: shop.database, table: layout.table },
    ...(options.timeZone !== undefined && { timeZone: options.timeZone }),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

/** Deletes what is stale now, by default at full pace. */
export async function cleanForm(shop: Shop, layout: TableForm, options: FormOptions = {}) {
  await using context = await formContext(shop, layout, options);
  return await deleteOldSessions(context, { ageSeconds: 0, pace: 'full', ...options });
}

export async function setUpForm(
  shop: Shop,
  layout: TableForm,
  { before, ...options }: Partial<SetupOptions> & Pick<FormOptions, 'before'> = {},
) {
  await using context = await formContext(shop, layout, before && { before });
  return await setUp(context, { owner, ifExists: 'Adopt', ...options });
}

/** The ids that are left, in order. */
export const idsIn = async (shop: Shop, table = 'sessions'): Promise<readonly string[]> =>
  (await shop.sql<{ id: string }>(`SELECT CAST(id AS CHAR) AS id FROM ${table} ORDER BY 1`)).map(
    ({ id }) => id,
  );
