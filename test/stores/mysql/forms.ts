import type { AgeRule } from '../../../src/layouts/table-form.ts';

/** One form of time at its boundary: times as SQL, by what becomes of their rows. */
export interface Form {
  readonly title: string;
  readonly type: string;
  readonly rule: AgeRule;
  /** The cutoff, in UTC. */
  readonly cutoff: string;
  readonly timeZone?: string;
  readonly stale: readonly string[];
  readonly live: readonly string[];
  readonly unreadable?: readonly string[];
  /** The oldest stale session, as a report has it. */
  readonly oldest?: string;
  /** Another column of the table. */
  readonly also?: string;
}

const at = { column: 't' } as const;
const newYork = 'America/New_York';
const seconds = (text: string) => Date.parse(`${text.replace(' ', 'T')}Z`) / 1000;

const q = (text: string) => `'${text}'`;

/** Around one cutoff, in a unit, of a type. */
const numbers = (type: string, unit: 's' | 'ms', cutoff: string): Form => {
  const edge = seconds(cutoff) * (unit === 's' ? 1 : 1000);
  return {
    title: `${type}, in ${unit}, at ${cutoff}`,
    type,
    rule: { at: { ...at, unit } },
    cutoff,
    stale: [String(edge - 1), String(edge - 1000)],
    live: [String(edge), String(edge + 1)],
    unreadable: ['NULL'],
  };
};

export const forms: readonly Form[] = [
  ...['1970-01-01 00:01:40', '2026-11-01 05:30:00', '2038-01-19 03:14:06'].map(
    (cutoff): Form => ({
      title: `a TIMESTAMP at ${cutoff}`,
      type: 'timestamp(3) NULL',
      rule: { at },
      cutoff,
      stale: [`${q(cutoff)} - INTERVAL 0.001 SECOND`, q('1970-01-01 00:00:01')],
      live: [q(cutoff), `${q(cutoff)} + INTERVAL 1 SECOND`],
      unreadable: ['NULL', '0'],
      oldest: '1970-01-01T00:00:01.000Z',
    }),
  ),
  {
    title: 'a TIMESTAMP beyond its years',
    type: 'timestamp NULL',
    rule: { at },
    cutoff: '2050-01-01 00:00:00',
    stale: [q('2038-01-19 03:14:07')],
    live: [],
    oldest: '2038-01-19T03:14:07.000Z',
  },
  ...['1969-12-31 23:59:50', '2026-03-08 07:30:00', '2050-06-01 00:00:00'].map(
    (cutoff): Form => ({
      title: `a DATETIME in UTC at ${cutoff}`,
      type: 'datetime(6) NULL',
      rule: { at: { ...at, zone: 'UTC' } },
      cutoff,
      stale: [`${q(cutoff)} - INTERVAL 0.000001 SECOND`, q('1901-02-03 04:05:06')],
      live: [q(cutoff), `${q(cutoff)} + INTERVAL 0.000001 SECOND`],
      unreadable: ['NULL', '0'],
      oldest: '1901-02-03T04:05:06.000Z',
    }),
  ),
  {
    title: 'a DATETIME that ends at the instant itself',
    type: 'datetime',
    rule: { at: { ...at, zone: 'UTC' }, inclusive: true },
    cutoff: '2026-11-01 05:30:00',
    stale: [q('2026-11-01 05:30:00')],
    live: [q('2026-11-01 05:30:01')],
  },
  {
    title: 'a local DATETIME, in the hour that occurs twice',
    type: 'datetime',
    rule: { at: { ...at, zone: 'application' } },
    timeZone: newYork,
    cutoff: '2026-11-01 05:30:00',
    stale: [q('2026-11-01 00:59:59')],
    live: [q('2026-11-01 01:00:00'), q('2026-11-01 01:29:59')],
    oldest: '2026-11-01T04:59:59.000Z',
  },
  {
    title: 'a local DATETIME, in that hour the second time, at the instant itself',
    type: 'datetime',
    rule: { at: { ...at, zone: 'application' }, inclusive: true },
    timeZone: newYork,
    cutoff: '2026-11-01 06:30:00',
    stale: [q('2026-11-01 01:30:00')],
    live: [q('2026-11-01 01:30:01')],
  },
  {
    title: 'a local DATETIME, after the hour that is left out',
    type: 'datetime',
    rule: { at: { ...at, zone: 'application' } },
    timeZone: newYork,
    cutoff: '2026-03-08 07:05:00',
    stale: [q('2026-03-08 03:04:59'), q('2026-03-08 01:59:59')],
    live: [q('2026-03-08 03:05:00')],
  },
  {
    title: 'a local DATETIME in 1969, east of UTC',
    type: 'datetime',
    rule: { at: { ...at, zone: 'application' } },
    timeZone: 'Asia/Tokyo',
    cutoff: '1969-12-31 20:00:00',
    stale: [q('1970-01-01 04:59:59')],
    live: [q('1970-01-01 05:00:00')],
    oldest: '1969-12-31T19:59:59.000Z',
  },
  {
    title: 'UTC in a TIMESTAMP, through the session’s zone',
    type: 'timestamp(6) NULL',
    rule: { at: { ...at, throughSession: true } },
    timeZone: newYork,
    cutoff: '2026-07-01 12:00:00',
    // The literal 12:00:00 was read as New York's.
    stale: [q('2026-07-01 15:59:59.999999')],
    live: [q('2026-07-01 16:00:00')],
    unreadable: ['0'],
    oldest: '2026-07-01T11:59:59.999Z',
  },
  {
    title: 'UTC in a TIMESTAMP, in a literal that the zone leaves out',
    type: 'timestamp NULL',
    rule: { at: { ...at, throughSession: true } },
    timeZone: newYork,
    cutoff: '2026-03-08 02:30:00',
    // The server puts 02:00 to 03:00 at the change of clocks.
    stale: [q('2026-03-08 06:59:59')],
    live: [q('2026-03-08 07:00:00')],
  },
  ...(['int', 'int unsigned', 'bigint', 'bigint unsigned', 'double', 'decimal(20,3)'] as const).map((type) =>
    numbers(type, 's', '2026-11-01 05:30:00'),
  ),
  ...(['bigint', 'bigint unsigned', 'double', 'decimal(20,3)'] as const).map((type) =>
    numbers(type, 'ms', '2050-01-01 00:00:00'),
  ),
  ...(['int', 'bigint'] as const).map((type) => numbers(type, 's', '1969-12-31 23:00:00')),
  {
    title: 'numbers out of any range',
    type: 'double',
    rule: { at: { ...at, unit: 'ms' } },
    cutoff: '2026-11-01 05:30:00',
    stale: ['-1e300', '1793510999999.5'],
    live: ['1e300', '1793511000000'],
  },
  {
    title: 'unsigned seconds at a cutoff before 1970',
    type: 'int unsigned',
    rule: { at: { ...at, unit: 's' } },
    cutoff: '1969-06-01 00:00:00',
    stale: [],
    live: ['0', '1', '4294967295'],
  },
  {
    title: 'the largest and the smallest number of 64 bits',
    type: 'bigint',
    cutoff: '2026-11-01 05:30:00',
    rule: { at: { ...at, unit: 'ms', never: [0, -1, 2 ** 63] } },
    stale: ['-9223372036854775808', '1', '1793510999999'],
    live: ['9223372036854775807', '0', '-1'],
    unreadable: ['NULL'],
  },
  {
    title: 'seconds without which a session never ends, at the instant itself',
    type: 'int unsigned',
    cutoff: '2026-11-01 05:30:00',
    rule: { at: { ...at, unit: 's', nullMeans: 'never' }, inclusive: true },
    stale: ['1793511000'],
    live: ['1793511001', 'NULL'],
  },
];

/** Sums of two columns, which no index serves: times as `time, lifetime`. */
export const sums: readonly Form[] = [
  ...(['int unsigned', 'bigint', 'double'] as const).map(
    (type): Form => ({
      title: `${type} and a lifetime in seconds`,
      type,
      also: `life ${type}`,
      cutoff: '2026-11-01 05:30:00',
      rule: { at: { ...at, unit: 's' }, plus: { column: 'life', unit: 's' } },
      stale: ['1793510000, 999'],
      live: [
        '1793510000, 1000',
        '1793510999, 4294967295'.replace('4294967295', type === 'int unsigned' ? '4294967295' : '9e18'),
      ],
      unreadable: ['NULL, 5', '5, NULL'],
      oldest: '2026-11-01T05:29:59.000Z',
    }),
  ),
  {
    title: 'milliseconds and a lifetime in seconds, of 64 bits',
    type: 'bigint unsigned',
    also: 'life bigint',
    cutoff: '2026-11-01 05:30:00',
    rule: { at: { ...at, unit: 'ms' }, plus: { column: 'life', unit: 's' } },
    stale: ['1793510000000, 999', '1793510000000, -9223372036854775808'],
    live: ['1793510000000, 1000', '18446744073709551615, 9223372036854775807'],
  },
  {
    title: 'doubles at their ends',
    type: 'double',
    also: 'life double',
    cutoff: '2026-11-01 05:30:00',
    rule: { at: { ...at, unit: 's' }, plus: { column: 'life', unit: 'ms' } },
    stale: ['-1.7e308, -1.7e308'],
    live: ['1.7e308, 1.7e308'],
  },
  {
    title: 'a DATETIME in UTC and a lifetime in seconds',
    type: 'datetime(3) NULL',
    also: 'life int',
    cutoff: '2026-11-01 05:30:00',
    rule: { at: { ...at, zone: 'UTC' }, plus: { column: 'life', unit: 's' } },
    stale: [`'2026-11-01 05:00:00', 1799`],
    live: [`'2026-11-01 05:00:00', 1800`, `'9999-12-31 23:59:59', 2147483647`],
    unreadable: ['NULL, 5', '0, 5', `'2026-11-01 05:00:00', NULL`],
    oldest: '2026-11-01T05:29:59.000Z',
  },
  {
    title: 'a TIMESTAMP and a lifetime in milliseconds, inclusive',
    type: 'timestamp NULL',
    also: 'life bigint',
    cutoff: '2026-11-01 05:30:00',
    rule: { at, plus: { column: 'life', unit: 'ms' }, inclusive: true },
    stale: [`'2026-11-01 05:00:00', 1800000`],
    live: [`'2026-11-01 05:00:00', 1800001`],
  },
];
