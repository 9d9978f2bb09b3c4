import { type Column, type TableForm, timeColumnOf } from '../../layouts/table-form.ts';
import type { TableFacts } from './catalogue.ts';
import type { Value } from './connection.ts';
import { type MysqlContext, quoted, quotedName } from './context.ts';
import { fillTimes, finishMigration } from './ddl.ts';
import { isMigrating, shapeProblems, timeIndexOf } from './shape.ts';
import { firstTime } from './time-words.ts';

/** Number of rows to which one statement gives a time, and which it locks. */
const batchSize = 500;

const columnIn = ({ columns }: TableFacts, name: string) => columns.find((column) => column.name === name);

/** The layout's time column, if the library relies on the server to fill it. */
function timeColumn(layout: TableForm): Column {
  const time = timeColumnOf(layout);
  const column = layout.columns.find(({ name }) => name === time);
  if (!column) throw new Error(`Expected the layout to have its own time column ${time}`);
  return column;
}

/** The table with filled times, to check whether it then fits. */
export const filled = (table: TableFacts, layout: TableForm): TableFacts => ({
  ...table,
  columns: table.columns.map((column) =>
    isMigrating(layout) && column.name === timeColumnOf(layout) ? { ...column, defaultsToNow: true } : column,
  ),
});

/** True if migration has something to change and can do it; other differences are for a user to fix. */
export function isMigratable(
  table: TableFacts,
  { layout, age }: Pick<MysqlContext, 'layout' | 'age'>,
): boolean {
  if (!isMigrating(layout)) return false;
  const time = columnIn(table, timeColumnOf(layout));
  const payload = layout.columns.find(({ name }) => name === layout.payload);
  const isAsMade =
    time?.defaultsToNow &&
    time.movesOnUpdate &&
    !time.nullable &&
    columnIn(table, layout.payload)?.type === payload?.type &&
    timeIndexOf(table, layout.timeIndex.column) !== undefined;
  return !isAsMade && shapeProblems(filled(table, layout), layout, age).length === 0;
}

/**
 * Converts an adopted table into the form of a new one: first, times that fill themselves, so that every later saved
 * session has one; then the current time for rows without a time, in small transactions, so that they do not all become
 * old at once; last, NOT NULL, the wide payload and the index. Each step is safe to repeat; the last one copies the
 * table, and writers wait for it.
 */
export async function migrate(
  { connection, target, layout }: MysqlContext,
  table: TableFacts,
): Promise<void> {
  const time = columnIn(table, timeColumnOf(layout));
  if (!time?.defaultsToNow || !time.movesOnUpdate) {
    await connection.change(fillTimes(target, timeColumn(layout)));
  }
  await stampAll({ connection, target, layout });
  await connection.change(finishMigration(target, layout, table));
}

/** One pass in order of the id: rows that are saved in the meantime have their own time. */
async function stampAll({
  connection,
  target,
  layout,
}: Pick<MysqlContext, 'connection' | 'target' | 'layout'>): Promise<void> {
  const name = quotedName(target);
  const [key, time] = [quoted(layout.key.column), quoted(timeColumnOf(layout))];
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
        WHERE (${time} IS NULL OR ${time} < '${firstTime.instant}') ${after.replace('WHERE', 'AND')} ${upTo}`,
      bounds,
    );
    from = end?.key;
  } while (from !== undefined);
}
