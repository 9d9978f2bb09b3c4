import type { CleanupReport } from '../../api/runner-result.ts';
import type { TableFacts } from './catalogue.ts';
import { hasCode } from './cleanup-run.ts';
import type { PostgresConnection } from './connection.ts';
import { type KnownZones, unknownZone, type Zone, zoneSettings, zonesOf } from './time-zone.ts';

/** Sessions whose time is before this are stale: fixed for a whole run, by the server's own clock. */
export interface Cutoff {
  /** As ISO 8601, to be cast to the type. */
  readonly text: string;
  /** The time column's own: compared with another type, PostgreSQL would convert in the connection's zone. */
  readonly type: 'timestamptz' | 'timestamp';
  /** The zone of a naive column. */
  readonly timeZone?: NonNullable<CleanupReport['timeZone']>;
  /** Other zones that it may have been written in: what is stale is stale in all of them. */
  readonly otherZones?: readonly string[];
}

/** Whether the table's time column holds naive times, whatever the layout's own DDL says. */
export function isNaive(table: TableFacts, column: string): boolean {
  const type = table.columns.find(({ name }) => name === column)?.type;
  if (type === undefined) throw new Error(`Expected column ${column} to have been looked for before`);
  return type.endsWith('without time zone');
}

/*
 * The age is subtracted from an instant; only the result becomes a local time. What comes out is the earliest local
 * time that any moment from there on still has: where clocks go back, that is the beginning of the hour that comes
 * twice, so a time in it is stale only when its later reading is. Zones have changed at any minute of the hour, and
 * by a day at most.
 */
const instant = `coalesce($2::timestamptz, now()) - make_interval(secs => $1)`;
const localCutoff = `
  WITH cutoff AS (SELECT ${instant} AS at)
  SELECT min(moment::timestamp)::text AS text, current_setting('TimeZone') AS zone
    FROM cutoff, LATERAL (
      SELECT at AS moment
      UNION ALL SELECT generate_series(date_trunc('minute', at) + '1 minute', at + '25 hours', '1 minute')) AS moments`;
const instantCutoff = `SELECT (${instant})::text AS text, current_setting('TimeZone') AS zone`;

export interface CutoffOptions extends KnownZones {
  readonly ageSeconds: number;
  readonly naive: boolean;
  /** An instant to reckon from instead of the server's clock: for tests. */
  readonly now?: string;
}

/**
 * Asks the server's clock. Where a naive time may be in one of several zones, the cutoff is the earliest of theirs. Throws
 * InvalidInput for a zone that does not exist, and where none is known.
 */
export async function readCutoff(connection: PostgresConnection, options: CutoffOptions): Promise<Cutoff> {
  if (!options.naive) {
    const { text } = await cutoffIn({ source: 'Connection' }, instantCutoff, connection, options);
    return { text, type: 'timestamptz' };
  }
  const zones = zonesOf(options);
  const found: { readonly text: string; readonly zone: string }[] = [];
  for (const zone of zones) found.push(await cutoffIn(zone, localCutoff, connection, options));
  const [name = '', ...otherZones] = new Set(found.map(({ zone }) => zone));
  // ISO 8601 sorts as it is read.
  const [text = ''] = found.map((each) => each.text).sort();
  const timeZone = { name, source: zones[0].source === 'Spec' ? 'Spec' : 'Connection' } as const;
  return { text, type: 'timestamp', timeZone, ...(otherZones.length > 0 && { otherZones }) };
}

async function cutoffIn(
  zone: Zone,
  statement: string,
  connection: PostgresConnection,
  { ageSeconds, now }: CutoffOptions,
) {
  return inZone(connection, zone, async () => {
    const { rows } = await connection.query<{ text: string; zone: string }>(statement, [
      ageSeconds,
      now ?? null,
    ]);
    if (!rows[0]) throw new Error('Expected one row with the cutoff, got none');
    return rows[0];
  });
}

/** Runs the work in a transaction whose zone is the application's. */
export async function inZone<T>(
  connection: PostgresConnection,
  zone: Zone,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await connection.transaction(work, zoneSettings(zone));
  } catch (error) {
    // invalid_parameter_value: a zone that this server's own tz database lacks.
    if (zone.source !== 'Connection' && hasCode(error, '22023')) throw unknownZone(zone);
    throw error;
  }
}

const eraBegins = Date.parse('0001-01-02T00:00:00Z') / 1000;
const asInstant = `SELECT extract(epoch FROM (timestamp 'epoch' + make_interval(secs => $1))::timestamptz)::float8 AS seconds`;

/**
 * The instant of a stale session's time as extract(epoch) gave it, in ISO 8601; undefined where ISO has no word for it
 * (-infinity, or before our era).
 */
export async function instantOf(
  connection: PostgresConnection,
  { timeZone }: Cutoff,
  epoch: number,
): Promise<string | undefined> {
  if (!Number.isFinite(epoch) || epoch < eraBegins) return undefined;
  if (!timeZone) return new Date(epoch * 1000).toISOString();
  const { rows } = await inZone(connection, { source: 'Recorded', name: timeZone.name }, () =>
    connection.query<{ seconds: number }>(asInstant, [epoch]),
  );
  return rows[0] && new Date(rows[0].seconds * 1000).toISOString();
}
