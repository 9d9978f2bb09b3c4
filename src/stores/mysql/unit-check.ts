import type { TableForm } from '../../layouts/table-form.ts';
import { StoreError } from '../store-error.ts';
import { neverLiterals } from '../tables/cutoff-number.ts';
import { sampleRows, wrongUnit } from '../tables/cutoff-unit.ts';
import { familyOf } from '../tables/shape-types.ts';
import type { TableFacts } from './catalogue.ts';
import type { MysqlConnection } from './connection.ts';
import { type MysqlContext, nameOf, quoted } from './context.ts';
import { isOutOfTime } from './errors.ts';
import { type CleanupTable, limited } from './statements.ts';

/** For the search for rows of a sample. */
const limitMs = 1000;

interface Sampled {
  readonly rows: number;
  readonly least: number | string | null;
  readonly greatest: number | string | null;
}

/**
 * Rows that the first rule is about, from both ends of the key: the first rows of a table may be its oldest. A later rule
 * is about rows of a library's older version, which may all be ten years old.
 */
async function sampleOf(
  connection: MysqlConnection,
  { name, key, byKey, only }: CleanupTable,
  { at }: TableForm['rules'][0],
  when: string | undefined,
): Promise<Sampled | undefined> {
  const time = quoted(at.column);
  const never = neverLiterals(at.never);
  const conditions = [
    `${time} IS NOT NULL`,
    ...(never.length > 0 ? [`${time} NOT IN (${never.join(', ')})`] : []),
    ...[when, only].flatMap((condition) => condition ?? []),
  ];
  const end = (order: string) =>
    `(SELECT ${time} AS value FROM ${name} ${byKey} WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ${sampleRows / 2})`;
  const selected = `COUNT(*) AS \`rows\`, MIN(value) AS least, MAX(value) AS greatest
    FROM (${end(key.ascending)} UNION ALL ${end(key.descending)}) AS sample`;
  try {
    return (await connection.query<Sampled>(limited(connection.flavour, limitMs, selected)))[0];
  } catch (error) {
    // So few of so many rows are sessions that the others hide them.
    if (isOutOfTime(error)) return undefined;
    throw error;
  }
}

/**
 * Throws ShapeMismatch, before any DELETE, if a column of numbers is in another unit than the layout says: every session
 * would be stale, or never one.
 */
export async function requireUnit(
  { connection, target, layout, layoutName }: MysqlContext,
  { columns }: TableFacts,
  table: CleanupTable,
  cutoff: number,
): Promise<void> {
  const [rule] = layout.rules;
  const { column, unit } = rule.at;
  const type = columns.find(({ name }) => name === column)?.type ?? '';
  if (unit === undefined || familyOf(type) !== 'number' || rule.plus) return;
  const sample = await sampleOf(connection, table, rule, table.rules[0]?.when);
  if (sample?.least == null || sample.greatest == null) return;
  const rows = Number(sample.rows);
  const found = {
    // Both ends of a small table are the same rows.
    rows: rows < sampleRows ? rows / 2 : rows,
    least: Number(sample.least),
    greatest: Number(sample.greatest),
  };
  const problem = wrongUnit(found, column, unit, cutoff);
  if (problem === undefined) return;
  throw new StoreError(
    'ShapeMismatch',
    `Table ${nameOf(target)} does not fit the layout ${layoutName}: ${problem}`,
  );
}
