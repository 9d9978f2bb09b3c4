import type { SetupOptions } from '../session-store.ts';
import { setupPlan } from '../setup-plan.ts';
import { StoreError } from '../store-error.ts';
import { requireWritable } from '../tables/check.ts';
import { requireMadeHere, requireOverwritableLayout } from '../tables/made-by.ts';
import { type Mark, markText, withMark } from '../tables/mark.ts';
import { newMark, requireOverwritable } from '../tables/own-mark.ts';
import { alreadyExists, type Claim, claimOf, requireUnreferenced } from '../tables/plan.ts';
import { cascadeProblems } from '../tables/shape-columns.ts';
import type { Inspection, TableFacts } from './catalogue.ts';
import { markIn, requireShape } from './check.ts';
import { nameOf, type PostgresContext } from './context.ts';
import { childTargets, isTaken } from './ddl.ts';
import { mayNotCreate, mayNotCreateSchema, notOwner } from './grants.ts';
import { isOwnCascade, isTable, shapeProblems } from './shape.ts';

/** The plan of set-up; `comment` is the table's comment afterwards. */
export type Plan = Claim | { readonly action: 'create' | 'truncate' | 'replace'; readonly comment: string };

type Asked = Pick<PostgresContext, 'target' | 'layout' | 'layoutName' | 'age'>;

/** A layout names its schema only where its library makes it. */
function requireSchema(
  { role, schemaExists, canUse, canCreate, canCreateSchema, database }: Inspection,
  { target, layout }: Asked,
): void {
  if (schemaExists) {
    if (!canUse || !canCreate) throw mayNotCreate(role, target);
    return;
  }
  if (target.schema !== layout.schema) {
    throw new StoreError(
      'StoreMissing',
      `Schema ${target.schema} does not exist, and set-up creates only tables: create it, owned by or granted to ${role}`,
    );
  }
  if (!canCreateSchema) throw mayNotCreateSchema(role, target, database);
}

/** A table with the name of one of the layout's own would have other rows, or another owner. */
function requireNoChildren(inspection: Inspection, { target, layout, layoutName }: Asked): void {
  const there = childTargets(target, layout).find(({ table }) => isTaken(inspection, table));
  if (!there) return;
  throw new StoreError(
    'ShapeMismatch',
    `Expected no table ${there.schema}.${there.table}, as the layout ${layoutName} makes it together with ` +
      `${nameOf(target)}, which does not exist: drop the one that is there, or name another table`,
  );
}

function create(inspection: Inspection, asked: Asked, options: SetupOptions): Plan {
  requireMadeHere(asked.layout, asked.layoutName, `Table ${nameOf(asked.target)}`);
  requireSchema(inspection, asked);
  requireNoChildren(inspection, asked);
  return { action: 'create', comment: markText(newMark('created', options, undefined)) };
}

/** TRUNCATE keeps grants and publications; only a table that does not fit is dropped and created again. */
function overwrite(
  inspection: Inspection,
  { table, mark }: { readonly table: TableFacts; readonly mark: Mark | undefined },
  asked: Asked,
  options: SetupOptions,
): Plan {
  const { target, layout, layoutName } = asked;
  requireOverwritableLayout(layout, layoutName);
  if (!isTable(table)) requireShape(table, asked);
  const problems = shapeProblems(table, layout, target.table);
  requireOverwritable(mark, nameOf(target), layoutName, problems);
  if (!table.isOwner) throw notOwner(inspection.role, target, table.owner, 'overwrite it');
  if (!inspection.canCreate) throw mayNotCreate(inspection.role, target);
  requireUnreferenced(
    nameOf(target),
    table.referencing.find((one) => !isOwnCascade(one, layout, target.table)),
  );
  return {
    action: problems.length === 0 ? 'truncate' : 'replace',
    comment: withMark(table.comment, newMark('created', options, mark)),
  };
}

/** Decides what to do with the existing table; throws StoreError if no action is permitted. */
export function planOf(inspection: Inspection, asked: Asked, options: SetupOptions): Plan {
  const { table } = inspection;
  requireWritable(inspection.readOnly, 'PostgreSQL accepts no writes here (transaction_read_only is on)');
  const mark = table && markIn(table, asked.target, options.owner);
  const plan = setupPlan({ mark, exists: table !== undefined, options });
  if (!table) return create(inspection, asked, options);
  if (plan === 'Overwrite') return overwrite(inspection, { table, mark }, asked, options);
  if (plan === 'Refuse') throw alreadyExists(nameOf(asked.target));
  const taken = table.referencing.filter((one) => isOwnCascade(one, asked.layout, asked.target.table));
  const unused = cascadeProblems(
    asked.layout,
    taken.map(({ name: other }) => other),
  );
  requireShape(table, asked, unused);
  return claimOf({ comment: table.comment, mark }, options, () => table.isOwner);
}
