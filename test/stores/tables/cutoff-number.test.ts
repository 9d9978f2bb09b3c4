import { describe, expect, test } from 'vitest';
import { cutoffNumber, neverLiterals } from '../../../src/stores/tables/cutoff-number.ts';
import { type EpochSample, sampleCounts, wrongUnit } from '../../../src/stores/tables/cutoff-unit.ts';

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
  const day = 86_400;
  const tenYears = 3652.5 * day;

  /** The counts of these numbers, as the servers make them by `sampleCounts`. */
  function counted(values: readonly number[], unit: 's' | 'ms'): EpochSample {
    const near = (perSecond: number) =>
      values.filter((value) => Math.abs(value / perSecond - now) <= tenYears).length;
    const [own, other] = unit === 's' ? [1, 1000] : [1000, 1];
    const past = values.filter((value) => value / own < now - tenYears).length;
    return { rows: values.length, near: near(own), nearOther: near(other), past };
  }
  const refusal = (values: readonly number[], unit: 's' | 'ms') =>
    wrongUnit(counted(values, unit), 'expires', unit);

  const milliseconds = [now * 1000, (now + day) * 1000, (now - day) * 1000];
  const never = 253_402_300_799_000;

  test.each<[string, readonly number[], 's' | 'ms', RegExp]>([
    ['milliseconds declared as seconds', milliseconds, 's', /hold seconds.*in the future.*like milliseconds/],
    ['seconds declared as milliseconds', [now], 'ms', /hold milliseconds.*been stale.*look like seconds/],
    ['durations declared as seconds', [600, 86_400], 's', /been stale.*look like neither/],
    ['microseconds declared as milliseconds', [now * 1e6], 'ms', /in the future.*look like neither/],
    ['milliseconds among zeros', [0, 0, ...milliseconds], 's', /3 lie .*in the future.*like milliseconds/],
    ['seconds beside a number that means never', [now, now + day, never], 'ms', /2 would .*like seconds/],
    ['milliseconds beside one second', [now, ...milliseconds], 's', /like milliseconds/],
    ['zeros and numbers that mean never alone', [0, never], 's', /been stale .* or lie .*neither/],
  ])('is refused for %s', (_what, values, unit, words) => {
    expect(refusal(values, unit)).toMatch(words);
  });

  test.each<[string, readonly number[]]>([
    ['some are live', [now - 20 * 365 * day, now + 60]],
    ['all are nine years old', [now - 9 * 365 * day]],
    ['all end in nine years', [now + 9 * 365 * day]],
    ['one of many is a time, and the others are zeros', [now, ...Array(999).fill(0)]],
    ['one of them is in the other unit', [now, now + 1, now * 1000]],
    ['there is no row', []],
  ])('is accepted where %s', (_what, values) => {
    expect(refusal(values, 's')).toBeUndefined();
  });

  test('is counted by whole numbers', () => {
    expect(sampleCounts('s', now)).toContain('value BETWEEN 1479424000 AND 2110576000');
    expect(sampleCounts('s', now)).toContain('AND NOT value BETWEEN 1479424000 AND');
    expect(sampleCounts('ms', now)).toContain('value < 1479424000000');
  });
});
