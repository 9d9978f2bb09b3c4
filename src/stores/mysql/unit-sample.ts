import { type EpochSample, noSample, type SampledRow, sampleIn, sampleRows } from '../tables/cutoff-unit.ts';
import type { StaleRule } from '../tables/stale-rule.ts';
import type { MysqlConnection } from './connection.ts';
import { isOutOfTime } from './errors.ts';
import { type CleanupTable, limited } from './statements.ts';

/** For the search for rows of a sample. */
const limitMs = 1000;

/** Rows with a time by the rule, from both ends of the key: the first rows of a table may be its oldest. */
export async function unitSample(
  connection: MysqlConnection,
  { name, key, byKey }: CleanupTable,
  { column }: StaleRule,
  isTime: string,
): Promise<EpochSample> {
  const end = (order: string) =>
    `(SELECT ${column} AS value FROM ${name} ${byKey} WHERE ${isTime} ORDER BY ${order} LIMIT ${sampleRows / 2})`;
  const selected = `COUNT(*) AS \`rows\`, MIN(value) AS least, MAX(value) AS greatest
    FROM (${end(key.ascending)} UNION ALL ${end(key.descending)}) AS sample`;
  try {
    const [row] = await connection.query<SampledRow>(limited(connection.flavour, limitMs, selected));
    const { rows, ...found } = sampleIn(row);
    // Both ends of a small table are the same rows.
    return { ...found, rows: rows < sampleRows ? rows / 2 : rows };
  } catch (error) {
    // So few of so many rows are sessions that the others hide them.
    if (isOutOfTime(error)) return noSample;
    throw error;
  }
}
