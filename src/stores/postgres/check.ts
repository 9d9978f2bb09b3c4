import { StoreError } from '../../runner/store-error.ts';
import type { Owner } from '../session-store.ts';
import { isOwn, type Mark, markOf } from '../table-mark.ts';
import { inspect, type TableFacts } from './catalogue.ts';
import { type PostgresContext, quotedName, type Target } from './context.ts';
import { mayNotClean } from './grants.ts';
import { shapeProblems } from './shape.ts';

/** Throws ShapeMismatch, naming every difference. */
export function requireShape(
  table: TableFacts,
  { target, layout, layoutName }: Omit<PostgresContext, 'connection'>,
): void {
  const problems = shapeProblems(table, layout);
  if (problems.length === 0) return;
  throw new StoreError(
    'ShapeMismatch',
    `Table ${target.schema}.${target.table} does not fit the layout ${layoutName}: ${problems.join('; ')}`,
  );
}

/** The table's mark if it is the owner's, undefined without one. Throws Conflict, naming whose it is. */
export function ownMark(table: TableFacts, target: Target, owner: Owner): Mark | undefined {
  const mark = markOf(table.comment);
  if (mark === undefined || (mark !== 'unreadable' && isOwn(mark, owner))) return mark;
  const who =
    mark === 'unreadable'
      ? 'a SessionStore of another version (its mark cannot be read)'
      : `SessionStore ${mark.namespace}/${mark.name} of installation ${mark.installation}`;
  throw new StoreError(
    'Conflict',
    `Table ${target.schema}.${target.table} belongs to ${who}, by its comment; this is ${owner.namespace}/${owner.name} ` +
      `of installation ${owner.installation}. Name another table. Deleting a SessionStore leaves its store and its mark: if nobody cleans this table any more, ` +
      `COMMENT ON TABLE ${quotedName(target)} IS NULL`,
  );
}

/**
 * What clean-up asks before its first DELETE: that the table is there, carries nobody else's mark (where there is
 * an owner), still fits its layout, and that the role may clean it.
 */
export async function checkTable(context: PostgresContext, owner?: Owner): Promise<TableFacts> {
  const { connection, target, layout } = context;
  const { table, role, canUse, schemaExists } = await inspect(connection, target);
  if (!table) {
    const what = schemaExists ? `table ${target.schema}.${target.table}` : `schema ${target.schema}`;
    throw new StoreError('StoreMissing', `Expected ${what}; it does not exist: set-up has to run again`);
  }
  if (owner) ownMark(table, target, owner);
  requireShape(table, context);
  const closed = table.relations.filter(
    ({ kind, canSelect, canDelete, canUpdate }) => kind === 'r' && !(canSelect && canDelete && canUpdate),
  );
  if (!canUse || closed.length > 0) throw mayNotClean(role, target.schema, closed, layout.time.column);
  return table;
}
