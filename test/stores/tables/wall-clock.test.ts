import { describe, expect, test } from 'vitest';
import {
  clockSeconds,
  clockText,
  earliestInstant,
  earliestWallClock,
  wallClockAt,
} from '../../../src/stores/tables/wall-clock.ts';

const seconds = (text: string) => Date.parse(text) / 1000;
const newYork = 'America/New_York';

describe('the earliest wall clock of this moment and of any later one', () => {
  test.each([
    ['in winter', newYork, '2026-01-15T12:00:00Z', '2026-01-15 07:00:00', true],
    ['in UTC', 'UTC', '2026-11-01T05:30:00Z', '2026-11-01 05:30:00', true],
    ['before an hour that occurs twice', newYork, '2026-11-01T04:59:59Z', '2026-11-01 00:59:59', true],
    ['at the start of such an hour', newYork, '2026-11-01T05:00:00Z', '2026-11-01 01:00:00', false],
    ['in such an hour, the first time', newYork, '2026-11-01T05:30:00Z', '2026-11-01 01:00:00', false],
    ['in such an hour, the second time', newYork, '2026-11-01T06:30:00Z', '2026-11-01 01:30:00', true],
    ['just after an hour that is left out', newYork, '2026-03-08T07:05:00Z', '2026-03-08 03:05:00', true],
    ['in 1969', 'Europe/London', '1969-12-31T23:30:00Z', '1970-01-01 00:30:00', true],
    ['beyond 2038', 'Asia/Tokyo', '2050-06-01T00:00:00Z', '2050-06-01 09:00:00', true],
    // Half an hour back.
    [
      'where half an hour occurs twice',
      'Australia/Lord_Howe',
      '2026-04-04T14:45:00Z',
      '2026-04-05 01:30:00',
      false,
    ],
  ])('%s', (_when, zone, at, expected, isExact) => {
    const found = earliestWallClock(seconds(at), zone);
    expect(clockText(found.at)).toBe(expected);
    expect(found.isExact).toBe(isExact);
  });

  test.each(['2026-03-07T12:00:00Z', '2026-10-31T12:00:00Z'])(
    'is never later than any that follows, from %s on',
    (from) => {
      for (let at = seconds(from); at < seconds(from) + 2 * 86_400; at += 660) {
        const { at: earliest } = earliestWallClock(at, newYork);
        for (const later of [0, 1, 1800, 3600, 7200]) {
          expect(earliest).toBeLessThanOrEqual(wallClockAt(at + later, newYork));
        }
      }
    },
  );
});

describe('the instant at which a wall clock first shows a reading', () => {
  test.each([
    ['in summer', '2026-07-01 12:00:00', '2026-07-01T16:00:00.000Z', true],
    ['in an hour that occurs twice', '2026-11-01 01:30:00', '2026-11-01T05:30:00.000Z', true],
    ['in an hour that is left out', '2026-03-08 02:30:00', '2026-03-08T07:00:00.000Z', false],
    ['after such an hour', '2026-03-08 03:00:00', '2026-03-08T07:00:00.000Z', true],
    ['in 1969', '1969-12-31 20:00:00', '1970-01-01T01:00:00.000Z', true],
  ])('%s', (_when, reading, expected, isExact) => {
    const found = earliestInstant(clockSeconds(reading), newYork);
    expect(new Date(found.at * 1000).toISOString()).toBe(expected);
    expect(found.isExact).toBe(isExact);
  });

  test('is the change of clocks for a day that is left out', () => {
    const found = earliestInstant(clockSeconds('2011-12-30 12:00:00'), 'Pacific/Apia');
    expect(new Date(found.at * 1000).toISOString()).toBe('2011-12-30T10:00:00.000Z');
  });
});

test('a time is written within the years that servers know, and read with its fraction', () => {
  expect(clockText(-1e12)).toBe('0001-01-01 00:00:00');
  expect(clockText(1e12)).toBe('9999-12-31 23:59:59');
  expect(clockText(clockSeconds('2038-01-19 03:14:08'))).toBe('2038-01-19 03:14:08');
  expect(clockSeconds('1970-01-01 00:00:01.250000')).toBe(1.25);
});
