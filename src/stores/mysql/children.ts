import { cascadesOf } from '../../layouts/resolve.ts';
import type { SetupOptions } from '../session-store.ts';
import { StoreError } from '../store-error.ts';
import { inspect, referencesTo } from './catalogue.ts';
import { markIn } from './check.ts';
import { type MysqlContext, nameOf, type Target } from './context.ts';
import { childTarget, createChild, dropTable } from './ddl.ts';

/**
 * Makes the layout's further tables that a table of set-up's own making lacks: MySQL makes one table at a time, so a
 * killed set-up may have left the first alone. An adopted table has what its library made.
 */
export async function makeChildren(context: MysqlContext, { owner }: SetupOptions): Promise<void> {
  const { connection, target, layout, layoutName } = context;
  const missing = await missingChildren(context, owner);
  for (const child of missing) await connection.change(createChild(target, child));
  if (missing.length === 0) return;
  const [other] = await missingChildren(context, owner);
  if (!other) return;
  const { constraint, column, references } = other.foreignKey;
  throw new StoreError(
    'ShapeMismatch',
    `Expected table ${nameOf(childTarget(target, other))} of the layout ${layoutName} to refer to ${nameOf(target)} ` +
      `(${constraint}: ${column} to ${references}, ON DELETE CASCADE); it exists and does not: ` +
      `name another table than ${layout.table}, or drop that one`,
  );
}

/** The layout's tables that do not refer to the own table yet. */
async function missingChildren(context: MysqlContext, owner: SetupOptions['owner']) {
  const { target, layout } = context;
  const { children = [] } = layout;
  if (children.length === 0) return [];
  const { table } = await inspect(context);
  if (!table || markIn(table, target, owner)?.origin !== 'created') return [];
  const there = new Set(
    table.referencing.filter(({ isLayouts }) => isLayouts).map((reference) => reference.table.toLowerCase()),
  );
  return children.filter((child) => !there.has(childTarget(target, child).table.toLowerCase()));
}

/** Drops the layout's further tables that refer to a table which an overwrite has set aside. */
export async function dropChildren({ connection, target, layout }: MysqlContext, old: Target): Promise<void> {
  if (!layout.children) return;
  const referencing = await referencesTo(connection, old, cascadesOf(layout, target.table));
  for (const { table, isLayouts, of } of referencing)
    if (isLayouts && of === old.table) await connection.change(dropTable({ ...old, table }));
}
