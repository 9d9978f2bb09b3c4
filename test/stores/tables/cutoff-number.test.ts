import { describe, expect, test } from 'vitest';
import { cutoffNumber, neverLiterals } from '../../../src/stores/tables/cutoff-number.ts';
import { wrongUnit } from '../../../src/stores/tables/cutoff-unit.ts';

describe('the cutoff of a column of numbers', () => {
  test.each([
    ['1795374563.205123', 1795374563n, 1795374563205n],
    ['1795374563', 1795374563n, 1795374563000n],
    ['2147483648.000001', 2147483648n, 2147483648000n],
    ['0.999999', 0n, 999n],
    ['-0.000001', -1n, -1n],
    ['-31536000.5', -31536001n, -31536000500n],
  ])('of %s s since 1970 is rounded down', (epoch, seconds, milliseconds) => {
    expect(cutoffNumber(epoch, 's')).toBe(seconds);
    expect(cutoffNumber(epoch, 'ms')).toBe(milliseconds);
  });

  test('is refused if it is no number', () => {
    expect(() => cutoffNumber('infinity', 's')).toThrow(/Expected seconds since 1970/);
  });
});

test('numbers that mean never fit 64 bits', () => {
  expect(neverLiterals([0, -1, 2 ** 63, -(2 ** 70)])).toEqual([
    ...['0', '-1', '9223372036854775807', '-9223372036854775808'],
  ]);
  expect(neverLiterals()).toEqual([]);
});

describe('the unit of a column of numbers', () => {
  const now = 1_795_000_000;
  const sample = (least: number, greatest = least) => ({ rows: 1000, least, greatest });

  test.each([
    [
      'milliseconds declared as seconds',
      sample(now * 1000),
      's',
      /hold seconds.*in the future.*look like milliseconds/,
    ],
    [
      'seconds declared as milliseconds',
      sample(now),
      'ms',
      /hold milliseconds.*been stale.*look like seconds/,
    ],
    ['durations declared as seconds', sample(600, 86_400), 's', /been stale.*look like neither/],
    ['microseconds declared as milliseconds', sample(now * 1e6), 'ms', /in the future.*look like neither/],
  ] as const)('is refused for %s', (_what, found, unit, words) => {
    expect(wrongUnit(found, 'expires', unit, now)).toMatch(words);
  });

  test.each([
    ['some are live', sample(now - 20 * 365 * 86_400, now + 60)],
    ['all are nine years old', sample(now - 9 * 365 * 86_400)],
    ['all end in nine years', sample(now + 9 * 365 * 86_400)],
    ['there is no row', { rows: 0, least: 0, greatest: 0 }],
  ] as const)('is accepted where %s', (_what, found) => {
    expect(wrongUnit(found, 'expires', 's', now)).toBeUndefined();
  });
});
