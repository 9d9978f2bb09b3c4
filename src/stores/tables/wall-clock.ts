/**
 * Wall clocks of a time zone, by this machine's own database of zones: a server's may be empty, or be older than the
 * application's. Times are whole seconds since 1970; a wall clock is the same number as if it stood in UTC.
 */

const minute = 60;
const hour = 3600;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(timeZone, format);
  return format;
}

/** The wall clock of the zone at an instant. */
export function wallClockAt(instant: number, timeZone: string): number {
  const parts = formatOf(timeZone).formatToParts(instant * 1000);
  const text = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? '';
  const [month, ofMonth, hour, min, second] = (['month', 'day', 'hour', 'minute', 'second'] as const).map(
    (type) => Number(text(type)),
  );
  const year = text('era') === 'BC' ? 1 - Number(text('year')) : Number(text('year'));
  const date = new Date(0);
  date.setUTCFullYear(year, (month ?? 1) - 1, ofMonth);
  date.setUTCHours(hour ?? 0, min, second);
  return date.getTime() / 1000 + (instant - Math.floor(instant));
}

/** A cutoff, and whether a time that equals it may be compared with `<=`. */
export interface LocalCutoff {
  readonly at: number;
  /** False if the same reading may also belong to a later moment. */
  readonly isExact: boolean;
}

/**
 * Later moments between which the zone's clock goes evenly: each hour, and each minute of an hour in which it changes.
 * Zones have changed at any minute of the hour.
 */
function* momentsAfter(instant: number, timeZone: string, hours: number): Generator<number> {
  const offsetAt = (at: number) => wallClockAt(at, timeZone) - at;
  let last = Math.floor(instant / minute) * minute;
  let offset = offsetAt(last);
  for (let passed = 0; passed < hours; passed += 1) {
    const next = last + hour;
    const changed = offsetAt(next);
    if (changed !== offset) for (let at = last + minute; at < next; at += minute) yield at;
    yield next;
    [last, offset] = [next, changed];
  }
}

/**
 * The earliest wall clock of this moment and of any later one: when clocks go back, the start of the hour that occurs
 * twice, so a time in that hour is stale only when its later interpretation is.
 */
export function earliestWallClock(instant: number, timeZone: string): LocalCutoff {
  const now = wallClockAt(instant, timeZone);
  let later = Number.POSITIVE_INFINITY;
  // Clocks have been set back by a day at most.
  for (const at of momentsAfter(instant, timeZone, 26)) later = Math.min(later, wallClockAt(at, timeZone));
  return { at: Math.min(now, later), isExact: now < later };
}

/**
 * The instant at which the zone's wall clock first shows this reading: the earlier one if it occurs twice, and the
 * change of clocks if it does not occur.
 */
export function earliestInstant(wallClock: number, timeZone: string): LocalCutoff {
  // No zone is further from UTC than 16 hours, and a day at most has been left out.
  for (const at of momentsAfter(wallClock - 17 * hour, timeZone, 59)) {
    const ahead = wallClockAt(at, timeZone) - wallClock;
    if (ahead < 0) continue;
    const exact = at - ahead;
    const isExact = wallClockAt(exact, timeZone) === wallClock;
    return { at: isExact ? exact : at, isExact };
  }
  return { at: wallClock, isExact: false };
}

const earliest = Date.parse('0001-01-01T00:00:00Z') / 1000;
const latest = Date.parse('9999-12-31T23:59:59Z') / 1000;

/** `2026-11-22 10:00:00`, the nearest one of the years 1 to 9999. */
export const clockText = (seconds: number): string =>
  new Date(Math.min(latest, Math.max(earliest, seconds)) * 1000).toISOString().slice(0, 19).replace('T', ' ');

/** The seconds of such a text, which may have a fraction; NaN for another text. */
export const clockSeconds = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`) / 1000;
