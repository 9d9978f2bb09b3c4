import { type EpochSample, noSample, type SampledRow, sampleIn, sampleRows } from '../tables/cutoff-unit.ts';
import type { StaleRule } from '../tables/stale-rule.ts';
import type { MysqlConnection } from './connection.ts';
import { isOutOfTime } from './errors.ts';
import { type CleanupTable, limited } from './statements.ts';

/** For the search for rows of a sample. */
const limitMs = 1000;

const halved = ({ rows, near, nearOther, past }: EpochSample): EpochSample => ({
  rows: Math.ceil(rows / 2),
  near: Math.ceil(near / 2),
  nearOther: Math.ceil(nearOther / 2),
  past: Math.ceil(past / 2),
});

/** Rows with a time by the rule, from both ends of the key: the first rows of a table may be its oldest. */
export async function unitSample(
  connection: MysqlConnection,
  { name, key, byKey }: CleanupTable,
  { column }: StaleRule,
  isTime: string,
  counts: string,
): Promise<EpochSample> {
  const end = (order: string) =>
    `(SELECT ${column} AS value FROM ${name} ${byKey} WHERE ${isTime} ORDER BY ${order} LIMIT ${sampleRows / 2})`;
  const selected = `${counts} FROM (${end(key.ascending)} UNION ALL ${end(key.descending)}) AS sample`;
  try {
    const [row] = await connection.query<SampledRow>(limited(connection.flavour, limitMs, selected));
    const sample = sampleIn(row);
    // Both ends of a small table are the same rows.
    return sample.rows < sampleRows ? halved(sample) : sample;
  } catch (error) {
    // So few of so many rows are sessions that the others hide them.
    if (isOutOfTime(error)) return noSample;
    throw error;
  }
}
