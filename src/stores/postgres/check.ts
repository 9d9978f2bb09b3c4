import { timeColumnOf } from '../../layouts/table-form.ts';
import type { CleanupOptions } from '../session-store.ts';
import { StoreError } from '../store-error.ts';
import { requireFit, storeMissing } from '../tables/check.ts';
import { lookalikes } from '../tables/lookalike.ts';
import { markReader, requireClaim } from '../tables/own-mark.ts';
import { agedColumns } from '../tables/shape-columns.ts';
import { type Inspection, inspect, type TableFacts } from './catalogue.ts';
import { nameOf, type PostgresContext } from './context.ts';
import { writeComment } from './ddl.ts';
import { mayNotClean } from './grants.ts';
import { foundColumns, isTable, shapeProblems } from './shape.ts';

/** Throws ShapeMismatch with every difference; `further` are those that only set-up looks for. */
export function requireShape(
  table: TableFacts,
  asked: Omit<PostgresContext, 'connection'>,
  further: readonly string[] = [],
): void {
  const { target, layout, layoutName } = asked;
  const alike = () => (isTable(table) ? lookalikes(foundColumns(table), 'postgres', layoutName) : []);
  requireFit(nameOf(target), asked, [...shapeProblems(table, layout, target.table), ...further], alike);
}

export const markIn = markReader({ nameOf, writeComment });

/** Under session_replication_role = replica a DELETE would leave rows that refer to deleted ones. */
function requireOrigin({ role, replicationRole }: Inspection): void {
  if (replicationRole !== 'replica') return;
  throw new StoreError(
    'UnsupportedServer',
    `Expected session_replication_role to be origin for the role ${role}, found replica, which switches foreign keys off: ` +
      'clean up as another role, or reset it (ALTER ROLE … RESET session_replication_role)',
  );
}

/**
 * Checks before clean-up's first DELETE: the table exists, has no other owner's mark (if there is an owner), still fits
 * its layout, and the role may clean it.
 */
export async function checkTable(
  context: PostgresContext,
  options: Pick<CleanupOptions, 'owner' | 'marked'>,
): Promise<TableFacts> {
  const { connection, target, layout } = context;
  const inspection = await inspect(connection, target, { agedColumns: agedColumns(layout) });
  const { table, role, canUse, schemaExists } = inspection;
  requireOrigin(inspection);
  if (!table) throw storeMissing(schemaExists ? `table ${nameOf(target)}` : `schema ${target.schema}`);
  const mark = options.owner && markIn(table, target, options.owner);
  requireShape(table, context);
  if (options.owner) requireClaim(mark, nameOf(target), options);
  const closed = table.relations.filter(
    ({ kind, canSelect, canDelete, canUpdate }) => kind === 'r' && !(canSelect && canDelete && canUpdate),
  );
  if (!canUse || closed.length > 0) throw mayNotClean(role, target.schema, closed, timeColumnOf(layout));
  return table;
}
