import type { AgeRule, TableForm } from '../../../src/layouts/table-form.ts';
import { deleteOldSessions } from '../../../src/stores/postgres/cleanup.ts';
import type { PostgresContext } from '../../../src/stores/postgres/context.ts';
import { openContext, type TaskOptions } from './cleanup-fixture.ts';
import type { Shop } from './fixture.ts';

/** A layout of the table `sessions` with these rules, for a form of time. */
export const formWith = (...rules: readonly [AgeRule, ...AgeRule[]]): TableForm => ({
  table: 'sessions',
  columns: [{ name: 'id', type: 'text', notNull: true }],
  key: { column: 'id', is: 'primary' },
  payload: 'id',
  ...{ rules, indexes: [], hasOtherColumns: true },
  timeIndex: { name: 'sessions_time_idx', column: rules[0].at.column },
});

/** A context on the shop's table `sessions` in this form. */
export async function openForm(
  shop: Shop,
  layout: TableForm,
  options: TaskOptions = {},
): Promise<PostgresContext & AsyncDisposable> {
  const context = await openContext(shop, { ...options, table: 'sessions' });
  return {
    ...context,
    ...{ layout, layoutName: 'custom' },
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
  };
}

/** Cleans a table of this form: sessions that are older than a day, at full pace. */
export async function cleanForm(shop: Shop, layout: TableForm, options: TaskOptions = {}) {
  await using context = await openForm(shop, layout, options);
  return await deleteOldSessions(context, { ageSeconds: 86_400, pace: 'full', ...options });
}

/** The ids that are left, in order. */
export async function idsIn(shop: Shop): Promise<readonly string[]> {
  const rows = await shop.sql<{ id: string }>('SELECT id FROM sessions ORDER BY id');
  return rows.map(({ id }) => id);
}
