import { isTimeZone } from '../../api/time-zone.ts';
import { StoreError } from '../../runner/store-error.ts';
import type { LocalSettings } from './settings.ts';

/**
 * `SET LOCAL` under which PostgreSQL turns naive times into instants, and back, as the application's own connection
 * does. Nothing to set where the spec names no zone: this role's connection gets the application's. Throws
 * InvalidInput for what is no zone's name: PostgreSQL would take `UTC+3` for a rule of POSIX, three hours *west*.
 */
export function zoneSettings(timeZone: string | undefined): LocalSettings {
  if (timeZone === undefined) return {};
  if (!isZoneName(timeZone)) throw unknownZone(timeZone);
  return { TimeZone: timeZone };
}

/** The refusal of a zone that the spec names and the server, or anybody, does not know. */
export function unknownZone(timeZone: string): StoreError {
  return new StoreError(
    'InvalidInput',
    `Expected layoutOptions.timeZone to be the name of a time zone, such as America/New_York or UTC; found ${timeZone}: ` +
      'name the zone that the application’s connection to PostgreSQL has (SHOW TimeZone)',
  );
}

/** A name of the tz database; neither an offset nor anything that would need quoting. */
const isZoneName = (name: string): boolean => /^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name) && isTimeZone(name);
