import { StoreError } from '../../runner/store-error.ts';
import { freshToken } from '../overwrite-token.ts';
import type { SetupOptions } from '../session-store.ts';
import type { Mark } from '../tables/mark.ts';
import { completedMark, newMark, requireOverwritable, requireOwn } from '../tables/own-mark.ts';
import type { Place, TableFacts } from './catalogue.ts';
import { markIn, requireShape, requireWritable } from './check.ts';
import type { MysqlContext } from './context.ts';
import { filled, isMigratable } from './migrate.ts';
import { isTable, shapeProblems } from './shape.ts';

/** What set-up is going to do; `mark` is what it then writes into the comment. */
export type Plan =
  | { readonly action: 'create'; readonly mark: Mark }
  | { readonly action: 'mark' | 'remark'; readonly mark: Mark }
  | { readonly action: 'replace'; readonly mark: Mark; readonly token: string }
  | { readonly action: 'migrate' | 'adopt' | 'verify' };

type Asked = Pick<MysqlContext, 'target' | 'layout' | 'layoutName'>;

function overwrite(
  { table, mark }: { readonly table: TableFacts; readonly mark: Mark | undefined },
  asked: Asked,
  options: SetupOptions,
  token: string,
): Plan {
  const { target, layout, layoutName } = asked;
  if (!isTable(table)) requireShape(table, asked);
  // A table that the library made itself holds sessions, though only a migration would make it fit.
  const problems = shapeProblems(filled(table, layout), layout);
  requireOverwritable(mark, `${target.database}.${target.table}`, layoutName, problems);
  const [reference] = table.referencing;
  if (reference) {
    throw new StoreError(
      'ShapeMismatch',
      `Table ${target.database}.${target.table} cannot be overwritten: foreign key ${reference.constraint} of ` +
        `${reference.table} refers to it. Drop that first`,
    );
  }
  return { action: 'replace', mark: newMark('created', options, mark), token };
}

/** Decides what to do about what is there; throws StoreError where nothing may be done. */
export function planOf({ table, readOnly }: Place, asked: Asked, options: SetupOptions): Plan {
  requireWritable({ readOnly });
  if (!table) return { action: 'create', mark: newMark('created', options, undefined) };
  const mark = markIn(table, asked.target, options.owner);
  const token = freshToken(options, mark);
  if (token !== undefined) return overwrite({ table, mark }, asked, options, token);
  requireOwn(options, mark, `${asked.target.database}.${asked.target.table}`);
  if (options.migrate && isMigratable(table, asked)) return { action: 'migrate' };
  // What a migration changes does not stand in its way: the rest is named alone.
  requireShape(options.migrate ? filled(table, asked.layout) : table, asked);
  const completed = mark && completedMark(mark, options);
  if (completed) return { action: 'remark', mark: completed };
  if (mark) return { action: 'verify' };
  return table.comment === ''
    ? { action: 'mark', mark: newMark('adopted', options, undefined) }
    : { action: 'adopt' };
}
