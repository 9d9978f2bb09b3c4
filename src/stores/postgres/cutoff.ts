import type { CleanupReport } from '../../api/runner-result.ts';
import type { Cutoffs } from '../tables/stale-rule.ts';
import type { PostgresConnection } from './connection.ts';
import { hasCode } from './errors.ts';
import { type KnownZones, unknownZone, type Zone, zoneSettings, zonesOf } from './time-zone.ts';

/** Sessions with an earlier time are stale. Fixed for a whole run, by the server's own clock. */
export interface Cutoff {
  /** In ISO 8601, to be cast to the type. */
  readonly text: string;
  /** True if it may also be the reading of a later moment. */
  readonly isInexact?: true;
  /** The time column's own type: PostgreSQL would convert another type in the connection's zone. */
  readonly type: 'timestamptz' | 'timestamp';
  /** The time zone of a column without a zone. */
  readonly timeZone?: NonNullable<CleanupReport['timeZone']>;
  /** Other zones in which the times may have been written: a session is stale only if it is stale in all of them. */
  readonly otherZones?: readonly string[];
}

/**
 * The age is subtracted from an instant; only the result is converted to local time. The result is the earliest local
 * time of any later moment: when clocks go back, the start of the hour that occurs twice, so a time in that hour is
 * stale only when its later interpretation is. Zones have changed at any minute of the hour, and by a day at most.
 */
const instant = `coalesce($2::timestamptz, now()) - make_interval(secs => $1)`;
const localCutoff = `
  WITH cutoff AS (SELECT ${instant} AS at)
  SELECT min(moment::timestamp)::text AS text, current_setting('TimeZone') AS zone,
         min(moment::timestamp) FILTER (WHERE later) > min(moment::timestamp) FILTER (WHERE NOT later) AS "isExact"
    FROM cutoff, LATERAL (
      SELECT at AS moment, false AS later
      UNION ALL SELECT generate_series(date_trunc('minute', at) + '1 minute', at + '25 hours', '1 minute'), true) AS moments`;
const instantCutoff = `SELECT (${instant})::text AS text, current_setting('TimeZone') AS zone`;

export interface CutoffOptions extends KnownZones {
  readonly ageSeconds: number;
  readonly naive: boolean;
  /** An instant that replaces the server's clock, for tests. */
  readonly now?: string;
}

/**
 * Reads the server's clock. If a time without a zone may be in one of several zones, the cutoff is the earliest of
 * theirs. Throws InvalidInput for a zone that does not exist, and if no zone is known.
 */
export async function readCutoff(connection: PostgresConnection, options: CutoffOptions): Promise<Cutoff> {
  if (!options.naive) {
    const { text } = await cutoffIn({ source: 'Connection' }, instantCutoff, connection, options);
    return { text, type: 'timestamptz' };
  }
  const zones = zonesOf(options);
  const found: ZoneCutoff[] = [];
  for (const zone of zones) found.push(await cutoffIn(zone, localCutoff, connection, options));
  const [name = '', ...otherZones] = new Set(found.map(({ zone }) => zone));
  // The order of ISO 8601 texts is that of their times.
  const [text = ''] = found.map((each) => each.text).sort();
  const timeZone = { name, source: zones[0].source === 'Spec' ? 'Spec' : 'Connection' } as const;
  return {
    text,
    type: 'timestamp',
    timeZone,
    ...(found.some(({ isExact }) => isExact === false) && { isInexact: true }),
    ...(otherZones.length > 0 && { otherZones }),
  };
}

interface ZoneCutoff {
  readonly text: string;
  readonly zone: string;
  /** Present for a wall clock: true if each later moment also has a later local time. */
  readonly isExact?: boolean;
}

async function cutoffIn(
  zone: Zone,
  statement: string,
  connection: PostgresConnection,
  { ageSeconds, now }: CutoffOptions,
) {
  return inZone(connection, zone, async () => {
    const { rows } = await connection.query<ZoneCutoff>(statement, [ageSeconds, now ?? null]);
    if (!rows[0]) throw new Error('Expected one row with the cutoff, got none');
    return rows[0];
  });
}

const everyCutoff = `
  SELECT coalesce($2::timestamptz, now())::text AS now, at::text AS instant, (at AT TIME ZONE 'UTC')::text AS utc,
         extract(epoch FROM at)::text AS epoch
    FROM (SELECT ${instant} AS at) AS cutoff`;

/** The cutoff of a run for each kind of time, by one look at the server's clock. */
export interface RunCutoff {
  readonly texts: Cutoffs;
  /** Present if a time is in the application's zone. */
  readonly local?: Cutoff;
}

/** Reads the server's clock; `naive`: whether a time is in the application's zone, which is then looked for. */
export async function readCutoffs(
  connection: PostgresConnection,
  options: CutoffOptions,
): Promise<RunCutoff> {
  const { rows } = await connection.transaction(() =>
    connection.query<Cutoffs & { now: string }>(everyCutoff, [options.ageSeconds, options.now ?? null]),
  );
  if (!rows[0]) throw new Error('Expected one row with the cutoff, got none');
  const { now, ...texts } = rows[0];
  if (!options.naive) return { texts };
  const local = await readCutoff(connection, { ...options, now });
  const { text, isInexact } = local;
  return { texts: { ...texts, local: text, ...(isInexact && { inexact: ['local'] }) }, local };
}

/** Runs the work in a transaction with the application's time zone. */
export async function inZone<T>(
  connection: PostgresConnection,
  zone: Zone,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await connection.transaction(work, zoneSettings(zone));
  } catch (error) {
    // invalid_parameter_value: a zone that is missing in this server's own database.
    if (zone.source !== 'Connection' && hasCode(error, '22023')) throw unknownZone(zone);
    throw error;
  }
}

const asInstant = `SELECT extract(epoch FROM (timestamp 'epoch' + make_interval(secs => $1))::timestamptz)::float8 AS seconds`;

/** The instant of a wall clock of the zone, both in seconds since 1970. */
export async function instantOf(
  connection: PostgresConnection,
  timeZone: Cutoff['timeZone'],
  wallClock: number,
): Promise<number> {
  if (!timeZone) return wallClock;
  const { rows } = await inZone(connection, { source: 'Recorded', name: timeZone.name }, () =>
    connection.query<{ seconds: number }>(asInstant, [wallClock]),
  );
  return rows[0]?.seconds ?? wallClock;
}
