import { isTimeZone, timeZonePattern } from '../../api/time-zones.ts';
import type { CleanupOptions } from '../session-store.ts';
import { StoreError } from '../store-error.ts';
import type { TableFacts } from './catalogue.ts';
import type { PostgresConnection } from './connection.ts';
import type { LocalSettings } from './settings.ts';

/** A time zone in which a time without a zone may be; undefined for the connection's own. */
export type Zone =
  | { readonly source: 'Spec' | 'Recorded'; readonly name: string }
  | { readonly source: 'Connection' };

/** Known facts about the application's time zone. */
export type KnownZones = Pick<CleanupOptions, 'recordedTimeZone' | 'hasOwnConnection'> & {
  /** The time zone of the spec, if it names one. */
  readonly timeZone?: string | undefined;
  /** The time zones in the settings of roles that may write to the table. */
  readonly writersZones?: readonly string[];
};

/**
 * The time zones in which the application may have written a time without a zone: the spec's; otherwise the one that
 * set-up recorded, and the current one of the connection if it is the application's, or those in the settings of roles
 * that may write, because a role's zone may change while sessions live. Throws InvalidInput if no zone is known.
 */
export function zonesOf(known: KnownZones): readonly [Zone, ...Zone[]] {
  const { timeZone, recordedTimeZone, hasOwnConnection, writersZones = [] } = known;
  if (timeZone !== undefined) return [{ source: 'Spec', name: timeZone }];
  const recorded: readonly Zone[] =
    recordedTimeZone === undefined ? [] : [{ source: 'Recorded', name: recordedTimeZone }];
  if (!hasOwnConnection) return [{ source: 'Connection' }, ...recorded];
  if (!recorded[0]) throw noZone();
  return [recorded[0], ...writersZones.map((name) => ({ source: 'Recorded', name }) as const)];
}

/**
 * `SET LOCAL` with which PostgreSQL converts times without a zone into instants, and back, as the application's own
 * connection does. Throws InvalidInput if the spec's value is not a zone's name: PostgreSQL would treat `UTC+3` as a
 * POSIX rule, three hours *west*. A recorded zone is PostgreSQL's own output, including such a rule.
 */
export function zoneSettings(zone: Zone): LocalSettings {
  if (zone.source === 'Connection') return {};
  const isName = zone.source === 'Spec' ? isZoneName(zone.name) : isHarmless(zone.name);
  if (!isName) throw unknownZone(zone);
  return { TimeZone: zone.name };
}

/**
 * Settings of roles are readable for every role. A superuser may write everywhere, so it shows nothing about this
 * application unless it owns the table.
 */
const writersStatement = `
  SELECT DISTINCT substr(setting, length('TimeZone=') + 1) AS zone
    FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole JOIN pg_class c ON c.oid = $1,
         unnest(s.setconfig) AS setting
   WHERE setting ILIKE 'TimeZone=%' AND r.rolcanlogin AND (r.oid = c.relowner OR NOT r.rolsuper)
     AND s.setdatabase IN (0, (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()))
     AND has_table_privilege(r.oid, c.oid, 'INSERT')
   ORDER BY zone`;

/** The time zones from ALTER ROLE … SET TimeZone of roles that may write to the table. */
export async function writersZonesOf(
  connection: PostgresConnection,
  { oid }: TableFacts,
): Promise<readonly string[]> {
  const { rows } = await connection.transaction(() =>
    connection.query<{ zone: string }>(writersStatement, [oid]),
  );
  return rows.map(({ zone }) => zone);
}

const isHarmless = (name: string): boolean => /^[!-~]{1,64}$/.test(name) && !/['\\]/.test(name);

const ask = 'name the zone that the application’s connection to PostgreSQL has (SHOW TimeZone)';

/**
 * The refusal of a column without a zone that clean-up's own role reads, without knowledge of the application's zone.
 */
const noZone = () =>
  new StoreError(
    'InvalidInput',
    'Expected the application’s time zone, as the time column has none and clean-up has a connection of its own ' +
      `(cleanup.connection); set-up has recorded none: run set-up again, or set layoutOptions.timeZone: ${ask}`,
  );

/** The refusal of a zone that the server, or the database of zones, does not know. */
export function unknownZone({ source, name }: Zone & { readonly name: string }): StoreError {
  const expected =
    source === 'Spec'
      ? `layoutOptions.timeZone to be the name of a time zone, such as America/New_York or UTC; found ${name}`
      : `the server to know the time zone that set-up recorded; found ${name}: set layoutOptions.timeZone`;
  return new StoreError('InvalidInput', `Expected ${expected}: ${ask}`);
}

/** A name of the tz database; neither an offset nor a text that would need quoting. */
const isZoneName = (name: string): boolean => timeZonePattern.test(name) && isTimeZone(name);
