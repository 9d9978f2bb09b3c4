import type { SetupReport } from '../../api/runner-result.ts';
import type { SetupOptions } from '../session-store.ts';
import { StoreError } from '../store-error.ts';
import { changedMeanwhile } from '../tables/check.ts';
import { setupRetry } from '../tables/retry.ts';
import { setupReport } from '../tables/setup-report.ts';
import { inspect } from './catalogue.ts';
import { markIn } from './check.ts';
import { dropChildren, makeChildren } from './children.ts';
import { type MysqlContext, nameOf, quoted, type Target } from './context.ts';
import { addIndex, createTable, dropTable, exchange, tablesAside, writeComment } from './ddl.ts';
import { hasNumber } from './errors.ts';
import { withAdvice } from './grants.ts';
import { migrate } from './migrate.ts';
import { longestComment, type Plan, planOf } from './plan.ts';
import { withSetupLock } from './setup-lock.ts';
import { shapeNotes, timeIndexOf } from './shape.ts';

/** A DDL statement that waits for a lock makes every later query wait, so it waits briefly and retries. */
const shortWait = 'SET SESSION lock_wait_timeout = 1';

/** Another set-up was quicker: the table exists or is missing, or a column or an index already exists. */
const overtaken = [1050, 1051, 1146, 1060, 1061];

const retry = setupRetry((error) => hasNumber(error, ...overtaken));

/**
 * Builds the new table under another name and exchanges both in one statement. On a server without locks for set-ups,
 * two runs with one token share that name; the second one finds the table gone, or the token spent on its next check.
 */
async function replace(context: MysqlContext, options: SetupOptions, plan: Plan & { action: 'replace' }) {
  const { connection, target, layout } = context;
  const { fresh, old } = tablesAside(target, options.owner, plan.token);
  await connection.change(createTable(target, layout, plan.comment, fresh));
  const again = planOf(await inspect(context), context, options);
  if (again.action !== 'replace') {
    await connection.change(dropTable(fresh));
    throw changedMeanwhile(nameOf(target));
  }
  await connection.change(exchange(target, fresh, old));
}

/** Makes all changes and returns the last plan with an action; the final check finds no further action. */
async function provision(context: MysqlContext, options: SetupOptions): Promise<Plan> {
  const { connection, target, layout } = context;
  const { table, ...place } = await inspect(context);
  const plan = planOf({ ...place, ...(table && { table }) }, context, options);
  if (plan.action === 'create') await connection.change(createTable(target, layout, plan.comment));
  if (plan.action === 'replace') await replace(context, options, plan);
  if (plan.action === 'mark' || plan.action === 'remark') await mark(context, plan.comment);
  if (plan.action === 'migrate' && table) {
    await migrate(context, table);
    return provision(context, options);
  }
  return plan;
}

/** An account that may not alter an adopted table leaves it unmarked. */
async function mark({ connection, target }: MysqlContext, comment: string): Promise<void> {
  try {
    await connection.change(writeComment(target, comment));
  } catch (error) {
    if (!(error instanceof StoreError && error.reason === 'PermissionDenied')) throw error;
  }
}

/** Drops what an overwrite that was killed has left: tables that only this SessionStore could have put there. */
async function settle(context: MysqlContext, { owner }: SetupOptions): Promise<void> {
  const { connection, target } = context;
  const { prefix } = tablesAside(target, owner, '');
  const rows = await connection.query<{ name: string }>(
    'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND LEFT(TABLE_NAME, ?) = ?',
    [target.database, String(prefix.length), prefix],
  );
  for (const { name } of rows) {
    const old = { ...target, table: name };
    await dropChildren(context, old);
    await connection.change(dropTable(old));
  }
}

async function addTimeIndex(context: MysqlContext): Promise<void> {
  const { connection, target, layout } = context;
  const { table } = await inspect(context);
  if (!table) throw changedMeanwhile(nameOf(target));
  if (timeIndexOf(table, layout.timeIndex.column) === undefined)
    await connection.change(addIndex(target, layout, table));
}

function whyUnmarked({ action }: Plan, { database }: Target): string {
  return action === 'adopt'
    ? `its comment leaves no room for the mark, as it has ${longestComment} characters at most`
    : `that takes the right ALTER on ${quoted(database)}`;
}

async function setUpTable(context: MysqlContext, options: SetupOptions): Promise<SetupReport> {
  await context.connection.change(shortWait);
  const plan = await retry(() => provision(context, options));
  await retry(() => settle(context, options));
  await retry(() => makeChildren(context, options));
  if (options.createIndex) await retry(() => addTimeIndex(context));
  const { table } = await inspect(context);
  if (!table) throw changedMeanwhile(nameOf(context.target));
  return setupReport(options, {
    action: plan.action,
    mark: markIn(table, context.target, options.owner),
    unmarked: whyUnmarked(plan, context.target),
    connection: context.connection.report,
    notes: shapeNotes(table, context.layout),
  });
}

/**
 * Creates the table, or adopts the existing one; safe to repeat, to kill at any instant and to run twice at the same
 * time.
 */
export function setUp(context: MysqlContext, options: SetupOptions): Promise<SetupReport> {
  return withAdvice(context, 'setup', () => withSetupLock(context, () => setUpTable(context, options)));
}
