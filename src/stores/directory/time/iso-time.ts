const isoPattern = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/;

/**
 * ISO 8601 in milliseconds since 1970, or NaN. Text that names no zone is read in `timeZone`, and where that is unknown,
 * in the westernmost one: its session lives up to a day longer, and never shorter.
 */
export function isoTime(value: unknown, timeZone?: string): number {
  const match = typeof value === 'string' && isoPattern.exec(value);
  if (!match) return Number.NaN;
  const [, date, time = '', fraction = '0', zone] = match;
  const ms = fraction.padEnd(3, '0').slice(0, 3);
  const wall = `${date}T${time.length === 5 ? `${time}:00` : time}.${ms}`;
  if (zone !== undefined) return Date.parse(wall + zone.replace(/^(...)(\d\d)$/, '$1:$2'));
  return timeZone === undefined ? Date.parse(`${wall}-12:00`) : instantOf(Date.parse(`${wall}Z`), timeZone);
}

const dayMs = 86_400_000;

/** The instant of a wall clock; of two that show the same, the later one keeps the session. */
function instantOf(wallMs: number, timeZone: string): number {
  if (Number.isNaN(wallMs)) return wallMs;
  // A zone changes its offset at most once in two days.
  const readings = [wallMs - dayMs, wallMs + dayMs].map((near) => wallMs - offsetAt(near, timeZone));
  const right = readings.filter((instant) => instant + offsetAt(instant, timeZone) === wallMs);
  return Math.max(...(right.length > 0 ? right : readings));
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far the zone's wall clock is ahead of UTC at an instant, in milliseconds. */
function offsetAt(instant: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    formats.set(timeZone, format);
  }
  const name = format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes, seconds = '0'] = /([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(name) ?? [];
  if (sign === undefined) return 0;
  return Number(`${sign}1`) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
}
