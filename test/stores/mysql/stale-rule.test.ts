import { describe, expect, test } from 'vitest';
import type { AgeRule } from '../../../src/layouts/table-form.ts';
import { cutoffsOf, instantOf } from '../../../src/stores/mysql/cutoff.ts';
import { timeWords as words } from '../../../src/stores/mysql/time-words.ts';
import { clockOf, type StaleRule } from '../../../src/stores/tables/stale-rule.ts';
import { staleBy, staleTestOf } from '../../../src/stores/tables/stale-test.ts';
import { clockSeconds } from '../../../src/stores/tables/wall-clock.ts';

const cutoff = Date.parse('2026-11-01T05:30:00Z') / 1000;
const newYork = 'America/New_York';

const testOf = (
  rule: AgeRule,
  types: Readonly<Record<string, string>>,
  facts: { readonly timeZone?: string; readonly cutoff?: number } = {},
) => {
  const rules = [rule] as const;
  const known = { cutoff, timeZone: undefined, ...facts };
  const found = Object.entries(types).map(([name, type]) => ({ name, type, notNull: false }));
  const cutoffs = cutoffsOf({ rules }, found, known);
  return staleTestOf({ rules }, { found, cutoffs, timeZone: known.timeZone, words });
};

const compiled = (...known: Parameters<typeof testOf>): StaleRule => testOf(...known).rules[0];

const at = { column: 't' } as const;

describe('a constant is converted to the form of the column', () => {
  test.each<[string, AgeRule, string, string]>([
    ['an instant', { at }, 'timestamp(6)', "`t` < '2026-11-01 05:30:00' AND `t` >= '1970-01-01 00:00:01'"],
    [
      'a wall clock in UTC',
      { at: { ...at, zone: 'UTC' } },
      'datetime(3)',
      "`t` < '2026-11-01 05:30:00' AND `t` >= '0001-01-01 00:00:00'",
    ],
    [
      'a wall clock of the application, in an hour that occurs twice',
      { at: { ...at, zone: 'application' }, inclusive: true },
      'datetime',
      "`t` < '2026-11-01 01:00:00' AND `t` >= '0001-01-01 00:00:00'",
    ],
    [
      'UTC through the session’s zone, in an hour that the zone has in summer',
      { at: { ...at, throughSession: true } },
      'timestamp(6)',
      "`t` < '2026-11-01 10:30:00' AND `t` >= '1970-01-01 00:00:01'",
    ],
    ['seconds', { at: { ...at, unit: 's' } }, 'int unsigned', '`t` < 1793511000'],
    ['milliseconds', { at: { ...at, unit: 'ms' } }, 'bigint', '`t` < 1793511000000'],
    ['seconds that end', { at: { ...at, unit: 's' }, inclusive: true }, 'double', '`t` <= 1793511000'],
    [
      'numbers that mean never',
      { at: { ...at, unit: 'ms', never: [0, 2 ** 63] } },
      'bigint',
      '`t` < 1793511000000 AND `t` <> 0 AND `t` <> 9223372036854775807',
    ],
    [
      'some rows',
      { at: { ...at, unit: 's' }, when: { column: 't', above: 315_576_000 } },
      'int unsigned',
      '`t` < 1793511000 AND `t` > 315576000',
    ],
  ])('%s', (_what, rule, type, expected) => {
    expect(staleBy(compiled(rule, { t: type }, { timeZone: newYork }))).toBe(expected);
  });

  test('a sum of whole numbers is one of doubles, in the smaller unit, and no range of an index', () => {
    const rule: AgeRule = { at: { ...at, unit: 's' }, plus: { column: 'life', unit: 'ms' } };
    const sum = compiled(rule, { t: 'int unsigned', life: 'int' });
    expect(staleBy(sum)).toBe('(`t` + 0e0) * 1000 + (`life` + 0e0) < 1793511000000');
    expect(sum.isRange).toBe(false);
  });

  test('a sum of other numbers is one of decimals, within their range', () => {
    const rule: AgeRule = { at: { ...at, unit: 's' }, plus: { column: 'life', unit: 's' } };
    expect(staleBy(compiled(rule, { t: 'double', life: 'int' }))).toBe(
      'CAST(LEAST(GREATEST(`t`, -1e17), 1e17) AS DECIMAL(30, 6)) + CAST(`life` AS DECIMAL(30, 6)) < 1793511000',
    );
  });

  test('beyond the years that servers know it is the nearest time of them', () => {
    expect(staleBy(compiled({ at }, { t: 'timestamp' }, { cutoff: -1e12 }))).toMatch(
      /< '0001-01-01 00:00:00'/,
    );
  });
});

test.each<[string, AgeRule, string, string | undefined]>([
  ['an instant', { at }, 'timestamp', "((`t` IS NULL) OR (`t` < '1970-01-01 00:00:01'))"],
  [
    'a wall clock',
    { at: { ...at, zone: 'UTC' } },
    'datetime',
    "((`t` IS NULL) OR (`t` < '0001-01-01 00:00:00'))",
  ],
  ['a number', { at: { ...at, unit: 's' } }, 'int', '((`t` IS NULL))'],
  [
    'a number without which a session never ends',
    { at: { ...at, unit: 's', nullMeans: 'never' } },
    'int',
    undefined,
  ],
])('%s that cannot be read is told from others', (_what, rule, type, expected) => {
  expect(compiled(rule, { t: type }).unreadable).toBe(expected);
});

test.each<[string, AgeRule, string, string, string]>([
  ['an instant', { at }, 'timestamp', '2050-02-03 04:05:06.5', '2050-02-03T04:05:06.500Z'],
  [
    'the application’s local time',
    { at: { ...at, zone: 'application' } },
    'datetime',
    '2026-07-01 12:00:00',
    '2026-07-01T16:00:00.000Z',
  ],
  [
    'UTC through the session’s zone',
    { at: { ...at, throughSession: true } },
    'timestamp',
    '2026-07-01 16:00:00',
    '2026-07-01T12:00:00.000Z',
  ],
  ['milliseconds', { at: { ...at, unit: 'ms' } }, 'bigint', '1500', '1970-01-01T00:00:01.500Z'],
])('the oldest of %s is read as an instant', (_what, rule, type, value, expected) => {
  const { clock, secondsOf } = compiled(rule, { t: type }, { timeZone: newYork });
  const isNumber = type === 'bigint';
  expect(secondsOf('t')).toBe(
    isNumber ? '((t) + 0e0) / 1000' : "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', t) / 1e6",
  );
  const seconds = isNumber ? Number(value) / 1000 : clockSeconds(value);
  expect(new Date(instantOf(seconds, clock, newYork) * 1000).toISOString()).toBe(expected);
});

test.each<[AgeRule, string, RegExp]>([
  [
    { at: { ...at, zone: 'application' } },
    'datetime',
    /column t needs: it holds the application’s local time.*Set layoutOptions.timeZone/,
  ],
  [
    { at: { ...at, throughSession: true } },
    'timestamp',
    /column t needs: the library writes UTC into it.*@@time_zone/,
  ],
])('without the application’s time zone, %o on %s is refused', (rule, type, words) => {
  expect(() => compiled(rule, { t: type })).toThrow(words);
  expect(clockOf(rule.at, type, undefined)).not.toBe('instant');
});

test('a zone is needed only by the type that depends on it', () => {
  expect(clockOf({ ...at, zone: 'application' }, 'timestamp', undefined)).toBe('instant');
  expect(clockOf({ ...at, zone: 'UTC', throughSession: true }, 'datetime', undefined)).toBe('instant');
});
