import type { CleanupOptions } from '../session-store.ts';
import { StoreError } from '../store-error.ts';
import { requireFit, requireWritable, storeMissing } from '../tables/check.ts';
import { lookalikes } from '../tables/lookalike.ts';
import { markReader, requireClaim } from '../tables/own-mark.ts';
import { type Inspection, inspect, type TableFacts } from './catalogue.ts';
import { CheckedTable } from './checked-table.ts';
import { type MysqlContext, nameOf } from './context.ts';
import { writeComment } from './ddl.ts';
import { isTable, shapeProblems } from './shape.ts';

/** Throws ShapeMismatch with every difference; `further` are those that only set-up looks for. */
export function requireShape(
  table: TableFacts,
  asked: Omit<MysqlContext, 'connection'>,
  further: readonly string[] = [],
): void {
  const { target, layout, layoutName, age } = asked;
  const alike = () => (isTable(table) ? lookalikes(table.columns, 'mysql', layoutName) : []);
  requireFit(nameOf(target), asked, [...shapeProblems(table, layout, age), ...further], alike);
}

export const markIn = markReader({ nameOf, writeComment });

/** Clean-up under READ COMMITTED cannot be written to a binary log of statements. */
async function requireRowLog({ connection }: MysqlContext): Promise<void> {
  const rows = await connection.query<{ Value: string }>(
    `SHOW VARIABLES WHERE Variable_name IN ('binlog_format', 'log_bin')`,
  );
  const values = rows.map(({ Value }) => Value);
  if (!values.includes('STATEMENT') || !values.includes('ON')) return;
  throw new StoreError(
    'UnsupportedServer',
    'Expected binlog_format ROW or MIXED; found STATEMENT, with which the server refuses to delete without holding up ' +
      'every log-in (error 1665): SET GLOBAL binlog_format = ROW',
  );
}

/** Throws ReadOnly. An account with an administrator's rights could write nevertheless, but only to a replica. */
export const requirePrimary = ({ readOnly }: Pick<Inspection, 'readOnly'>): void =>
  requireWritable(readOnly, 'The server accepts no writes here (read_only is on)');

/**
 * Checks before clean-up's first DELETE: the table exists, has no other owner's mark (if there is an owner), still fits
 * its layout, and the server accepts writes and can delete in small transactions.
 */
export async function checkTable(
  context: MysqlContext,
  options: Pick<CleanupOptions, 'owner' | 'dryRun' | 'marked'>,
): Promise<{ readonly facts: TableFacts; readonly table: CheckedTable }> {
  const { owner, dryRun } = options;
  const { connection, target } = context;
  const { facts, readOnly, table } = await connection.transaction(async () => {
    const { table: facts, readOnly } = await inspect(context);
    return {
      facts,
      readOnly,
      ...(facts && { table: await CheckedTable.read(context, facts.name) }),
    };
  });
  if (!dryRun) requirePrimary({ readOnly });
  if (!facts || !table) throw storeMissing(`table ${nameOf(target)}`);
  const mark = owner && markIn(facts, target, owner);
  requireShape(facts, context);
  if (owner) requireClaim(mark, nameOf(target), options);
  await requireRowLog(context);
  return { facts, table };
}
