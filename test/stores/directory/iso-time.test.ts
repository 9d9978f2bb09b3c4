import { expect, test } from 'vitest';
import { isoTime } from '../../../src/stores/directory/time/iso-time.ts';

const newYork = 'America/New_York';

test.each([
  ['2026-11-28T13:00:00Z', '2026-11-28T13:00:00.000Z'],
  ['2026-11-28 13:00:00.1234567+00:00', '2026-11-28T13:00:00.123Z'],
  ['2026-11-28T13:00-0530', '2026-11-28T18:30:00.000Z'],
  ['2026-07-01T13:00:00', '2026-07-01T17:00:00.000Z'],
  ['2026-11-28T13:00:00.5', '2026-11-28T18:00:00.500Z'],
])('%s in New York is %s', (text, instant) => {
  expect(new Date(isoTime(text, newYork)).toISOString()).toBe(instant);
});

test('of two instants that show the same wall clock, the later one is taken', () => {
  expect(new Date(isoTime('2026-11-01T01:30:00', newYork)).toISOString()).toBe('2026-11-01T06:30:00.000Z');
});

test('a wall clock that was skipped is read in the later way', () => {
  expect(new Date(isoTime('2026-03-08T02:30:00', newYork)).toISOString()).toBe('2026-03-08T07:30:00.000Z');
});

test('just before and after a change of the offset, the wall clock is exact', () => {
  expect(new Date(isoTime('2026-11-01T00:59:59', newYork)).toISOString()).toBe('2026-11-01T04:59:59.000Z');
  expect(new Date(isoTime('2026-11-01T02:00:00', newYork)).toISOString()).toBe('2026-11-01T07:00:00.000Z');
  expect(new Date(isoTime('2026-03-08T03:00:00', newYork)).toISOString()).toBe('2026-03-08T07:00:00.000Z');
});

test('without a known zone, the session lives longest', () => {
  expect(new Date(isoTime('2026-11-28T13:00:00')).toISOString()).toBe('2026-11-29T01:00:00.000Z');
});

test.each(['', 'tomorrow', '2026-11-28', '2026-13-40T99:00:00Z', '2026-13-40T99:00:00', 5, null, {}])(
  '%s is no time',
  (value) => {
    expect(isoTime(value, newYork)).toBeNaN();
  },
);
