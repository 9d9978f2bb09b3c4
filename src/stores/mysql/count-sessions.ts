import { countsIn } from '../discover/counts-in.ts';
import type { Counts } from '../discover/finding.ts';
import { scaled } from '../discover/scaled.ts';
import { type CountedRow, countedColumns } from '../tables/age-counts.ts';
import type { StaleTest } from '../tables/stale-test.ts';
import type { TableFacts } from './catalogue.ts';
import type { MysqlConnection } from './connection.ts';
import { quoted, quotedName, type Target } from './context.ts';
import { instantOf } from './cutoff.ts';
import { isOutOfTime } from './errors.ts';
import { keyIndexOf } from './shape.ts';
import { limited } from './statements.ts';

/** Time limit of a statement. */
const countMs = 5000;

/** Rows from each end of a sampled table. */
const sampleRows = 50_000;

export interface CountOptions {
  readonly test: StaleTest;
  readonly timeZone: string | undefined;
  /** Rows, by the server's statistics, up to which every row is read. */
  readonly exactRows: number;
}

/** The counts of a table: of all rows, or of rows from both ends of its key where that would take long. */
export async function countSessions(
  connection: MysqlConnection,
  target: Target,
  facts: TableFacts,
  { test, timeZone, exactRows }: CountOptions,
): Promise<Counts> {
  const count = async (from: string) => {
    const [row = {}] = await connection.transaction(() =>
      connection.query<CountedRow>(
        limited(connection.flavour, countMs, `${countedColumns([test])} FROM ${from}`),
      ),
    );
    return countsIn(row, test, (seconds, clock) => instantOf(seconds, clock, timeZone));
  };
  if (facts.rowEstimate <= exactRows) {
    try {
      return await count(quotedName(target));
    } catch (error) {
      if (!isOutOfTime(error)) throw error;
    }
  }
  const sampled = await count(sampleOf(target, facts, test, Math.min(sampleRows, exactRows)));
  return scaled(sampled, Math.max(facts.rowEstimate, sampled.sessions));
}

/** Rows from both ends: with a key that counts up, the ones are the oldest and the others the youngest. */
function sampleOf(target: Target, facts: TableFacts, { columns }: StaleTest, rows: number): string {
  const key = keyIndexOf(facts)?.columns.flatMap((name) => (name === null ? [] : [quoted(name)])) ?? [];
  const part = (order: string) => {
    const by = key.length > 0 ? ` ORDER BY ${key.map((name) => `${name} ${order}`).join(', ')}` : '';
    return `(SELECT ${columns.map(quoted).join(', ')} FROM ${quotedName(target)}${by} LIMIT ${rows})`;
  };
  const parts = key.length > 0 ? [part('ASC'), part('DESC')] : [part('ASC')];
  return `(${parts.join(' UNION ALL ')}) AS sample`;
}
