import type { MysqlColumn, MysqlLayout } from '../../layouts/layout.ts';
import type { TableFacts } from './catalogue.ts';
import type { Value } from './connection.ts';
import { type MysqlContext, quoted, quotedName } from './context.ts';
import { fillTimes, finishMigration } from './ddl.ts';
import { shapeProblems, timeIndexOf } from './shape.ts';
import { firstInstant } from './statements.ts';

/** Rows that one statement gives a time, and holds. */
const batchSize = 500;

const columnIn = ({ columns }: TableFacts, name: string) => columns.find((column) => column.name === name);

/** The layout's time column, where the library relies on the server to fill it. */
function timeColumn({ columns, time }: MysqlLayout): MysqlColumn {
  const column = columns.find(({ name }) => name === time.column);
  if (!column) throw new Error(`Expected the layout to have its own time column ${time.column}`);
  return column;
}

/** The table as it would be once its times are filled: whether that is all that is wrong with it. */
export const filled = (table: TableFacts, { time }: MysqlLayout): TableFacts => ({
  ...table,
  columns: table.columns.map((column) =>
    column.name === time.column ? { ...column, defaultsToNow: true } : column,
  ),
});

/** Whether migration has something to change, and could: what else does not fit is for a person. */
export function isMigratable(table: TableFacts, { layout }: Pick<MysqlContext, 'layout'>): boolean {
  const time = columnIn(table, layout.time.column);
  const payload = layout.columns.find(({ name }) => name === layout.payload);
  const isAsMade =
    time?.defaultsToNow &&
    time.movesOnUpdate &&
    !time.nullable &&
    columnIn(table, layout.payload)?.type === payload?.type &&
    timeIndexOf(table, layout) !== undefined;
  return !isAsMade && shapeProblems(filled(table, layout), layout).length === 0;
}

/**
 * Gives an adopted table what set-up would have made: times that fill themselves, first, so that every session saved
 * from then on has one; the current time for those that have none, in small transactions, so that none is too old at
 * once; then NOT NULL, the wide payload and the index. Each step is safe to repeat; the last one copies the table, and
 * writers wait for it.
 */
export async function migrate(
  { connection, target, layout }: MysqlContext,
  table: TableFacts,
): Promise<void> {
  const time = columnIn(table, layout.time.column);
  if (!time?.defaultsToNow || !time.movesOnUpdate) {
    await connection.change(fillTimes(target, timeColumn(layout)));
  }
  await stampAll({ connection, target, layout });
  await connection.change(finishMigration(target, layout, table));
}

/** One pass in order of the id: what is saved meanwhile has a time of its own. */
async function stampAll({ connection, target, layout }: Omit<MysqlContext, 'layoutName'>): Promise<void> {
  const name = quotedName(target);
  const [key, time] = [quoted(layout.primaryKey.column), quoted(layout.time.column)];
  let from: Value | undefined;
  do {
    const [after, values] = from === undefined ? ['', []] : [`WHERE ${key} > ?`, [from]];
    const [end] = await connection.query<{ key: Value }>(
      `SELECT ${key} AS \`key\` FROM ${name} ${after} ORDER BY ${key} LIMIT 1 OFFSET ${batchSize - 1}`,
      values,
    );
    const [upTo, bounds] = end ? [`AND ${key} <= ?`, [...values, end.key]] : ['', values];
    await connection.change(
      `UPDATE ${name} SET ${time} = CURRENT_TIMESTAMP
        WHERE (${time} IS NULL OR ${time} < '${firstInstant}') ${after.replace('WHERE', 'AND')} ${upTo}`,
      bounds,
    );
    from = end?.key;
  } while (from !== undefined);
}
