import { freshToken } from '../overwrite-token.ts';
import type { SetupOptions } from '../session-store.ts';
import { setupPlan } from '../setup-plan.ts';
import { StoreError } from '../store-error.ts';
import { requireMadeHere, requireOverwritableLayout } from '../tables/made-by.ts';
import { type Mark, markText, withMark } from '../tables/mark.ts';
import { newMark, requireOverwritable } from '../tables/own-mark.ts';
import { alreadyExists, type Claim, claimOf, requireUnreferenced } from '../tables/plan.ts';
import { cascadeProblems } from '../tables/shape-columns.ts';
import type { Inspection, TableFacts } from './catalogue.ts';
import { markIn, requirePrimary, requireShape } from './check.ts';
import { type MysqlContext, nameOf } from './context.ts';
import { filled, isMigratable } from './migrate.ts';
import { isTable, shapeProblems } from './shape.ts';

/** The plan of set-up; `comment` is the table's comment afterwards. */
export type Plan =
  | Claim
  | { readonly action: 'create'; readonly comment: string }
  | { readonly action: 'replace'; readonly comment: string; readonly token: string }
  | { readonly action: 'migrate' };

type Asked = Pick<MysqlContext, 'target' | 'layout' | 'layoutName' | 'age'>;

/** Maximum length of a table's comment. */
export const longestComment = 2048;

const fits = (comment: string): boolean => [...comment].length <= longestComment;

function overwrite(
  { table, mark }: { readonly table: TableFacts; readonly mark: Mark | undefined },
  asked: Asked,
  options: SetupOptions,
  token: string,
): Plan {
  const { target, layout, layoutName, age } = asked;
  requireOverwritableLayout(layout, layoutName);
  if (!isTable(table)) requireShape(table, asked);
  // A table that the library itself created holds sessions, although it fits only after a migration.
  const problems = shapeProblems(filled(table, layout), layout, age);
  requireOverwritable(mark, nameOf(target), layoutName, problems);
  requireUnreferenced(
    nameOf(target),
    table.referencing.find(({ isLayouts }) => !isLayouts),
  );
  const comment = withMark(table.comment, newMark('created', options, mark));
  if (fits(comment)) return { action: 'replace', comment, token };
  throw new StoreError(
    'ShapeMismatch',
    `Table ${nameOf(target)} cannot be overwritten: its comment leaves no room for the mark, as a comment ` +
      `has ${longestComment} characters at most. Shorten what it says`,
  );
}

/** The server compares names of tables without case, on some file systems. */
function unusedCascades({ referencing }: TableFacts, { layout }: Asked): readonly string[] {
  const taken = referencing.filter(({ isLayouts }) => isLayouts).map(({ table }) => table.toLowerCase());
  const { cascades = [] } = layout;
  return cascadeProblems(
    layout,
    cascades.filter((name) => taken.includes(name.toLowerCase())),
  );
}

/** Decides what to do with the existing table; throws StoreError if no action is permitted. */
export function planOf({ table, readOnly }: Inspection, asked: Asked, options: SetupOptions): Plan {
  requirePrimary({ readOnly });
  const name = nameOf(asked.target);
  const mark = table && markIn(table, asked.target, options.owner);
  const plan = setupPlan({ mark, exists: table !== undefined, options });
  if (!table) {
    requireMadeHere(asked.layout, asked.layoutName, `Table ${name}`);
    return { action: 'create', comment: markText(newMark('created', options, undefined)) };
  }
  const token = freshToken(options, mark);
  if (token !== undefined) return overwrite({ table, mark }, asked, options, token);
  if (plan === 'Refuse') throw alreadyExists(name);
  if (options.migrate && isMigratable(table, asked)) return { action: 'migrate' };
  // Differences that a migration changes are no obstacle: only the others are reported.
  requireShape(options.migrate ? filled(table, asked.layout) : table, asked, unusedCascades(table, asked));
  return claimOf({ comment: table.comment, mark }, options, fits);
}
