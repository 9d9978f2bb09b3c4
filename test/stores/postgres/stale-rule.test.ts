import { expect, test } from 'vitest';
import type { AgeRule } from '../../../src/layouts/table-form.ts';
import { timeWords as words } from '../../../src/stores/postgres/time-words.ts';
import { type StaleRule, staleRuleOf } from '../../../src/stores/tables/stale-rule.ts';
import { staleBy, staleInPass, staleTestOf, unreadableIn } from '../../../src/stores/tables/stale-test.ts';

const cutoffs = {
  epoch: '1795374563.205123',
  instant: '2026-11-22 19:09:23.205123+00',
  utc: '2026-11-22 19:09:23.205123',
  local: '2026-11-22 14:09:23.205123',
};
const compile = (rule: AgeRule, type: string, notNull = true): StaleRule => {
  const found = [rule.at.column, 'life', 'kind'].map((name) => ({ name, notNull, type }));
  return staleRuleOf(rule, { found, cutoffs, session: undefined, timeZone: undefined, words });
};

test.each<[string, AgeRule, string, string, string | undefined]>([
  [
    'an instant',
    { at: { column: 't' } },
    'timestamp with time zone',
    `"t" < '2026-11-22 19:09:23.205123+00'::timestamptz`,
    undefined,
  ],
  [
    'UTC’s wall clock',
    { at: { column: 't', zone: 'UTC' } },
    'timestamp(6) without time zone',
    `"t" < '2026-11-22 19:09:23.205123'::timestamp`,
    undefined,
  ],
  [
    'the application’s wall clock',
    { at: { column: 't', zone: 'application' }, inclusive: true },
    'timestamp without time zone',
    `"t" <= '2026-11-22 14:09:23.205123'::timestamp`,
    undefined,
  ],
  [
    'seconds in 32 bits, which an index compares with 64',
    { at: { column: 't', unit: 's' } },
    'integer',
    `"t" < '1795374563'::bigint`,
    undefined,
  ],
  [
    'milliseconds, some of which mean never',
    { at: { column: 't', unit: 'ms', never: [0, 2 ** 63] }, inclusive: true },
    'bigint',
    `"t" <= '1795374563205'::bigint AND "t" <> '0'::bigint AND "t" <> '9223372036854775807'::bigint`,
    undefined,
  ],
  [
    'a double, which may be no number',
    { at: { column: 't', unit: 's' } },
    'double precision',
    `"t" < '1795374563'::double precision AND "t" >= '-9223372036854775808'`,
    `(("t" = 'NaN') OR ("t" < '-9223372036854775808'))`,
  ],
  [
    'a sum in two units',
    { at: { column: 't', unit: 'ms' }, plus: { column: 'life', unit: 's' } },
    'bigint',
    `("t"::double precision + "life"::double precision * 1000) < '1795374563205'::double precision`,
    expect.stringMatching(/^\(.* IS NULL\)+$/) as unknown as string,
  ],
  [
    'a sum of fractions',
    { at: { column: 't', unit: 's' }, plus: { column: 'life', unit: 's' } },
    'double precision',
    `("t"::numeric + "life"::numeric) < '1795374563'::numeric AND ("t"::numeric + "life"::numeric) >= '-9223372036854775808'`,
    expect.stringMatching(/IS NULL.*NaN/) as unknown as string,
  ],
  [
    'an instant and a lifetime',
    { at: { column: 't' }, plus: { column: 'life', unit: 'ms' } },
    'timestamp with time zone',
    expect.stringMatching(
      /^\(date_part\('epoch', "t"\)::numeric \+ "life"::numeric \/ 1000\) < '1795374563'/,
    ) as unknown as string,
    expect.stringMatching(/IS NULL/) as unknown as string,
  ],
  [
    'rows that a number chooses',
    { at: { column: 't', unit: 's' }, when: { column: 't', above: 315_576_000 } },
    'integer',
    `"t" < '1795374563'::bigint AND "t" > 315576000`,
    undefined,
  ],
])('%s becomes a comparison without a cast of the column', (_what, rule, type, stale, unreadable) => {
  const compiled = compile(rule, type);
  expect(staleBy(compiled)).toEqual(stale);
  expect(compiled.unreadable).toEqual(unreadable);
  expect(compiled.isRange).toBe(rule.plus === undefined);
});

test('NULL is unreadable, unless the layout says that it means never', () => {
  expect(compile({ at: { column: 't' } }, 'timestamp with time zone', false).unreadable).toBe(
    '(("t" IS NULL))',
  );
  const never: AgeRule = { at: { column: 't', nullMeans: 'never' } };
  expect(compile(never, 'timestamp with time zone', false).unreadable).toBeUndefined();
});

test('a type that the rule has no word for is an error of this program', () => {
  expect(() => compile({ at: { column: 't' } }, 'bigint')).toThrow(/Expected column t to be a time/);
});

test('a pass takes the rows that no earlier pass takes, of those that are sessions', () => {
  const at = (column: string) => ({ at: { column, unit: 's' as const } });
  const found = ['a', 'b', 'kind'].map((name) => ({ name, type: 'bigint', notNull: false }));
  const layout = { rules: [at('a'), at('b')], only: { column: 'kind', equals: "it's" } } as const;
  const compiled = staleTestOf(layout, { found, cutoffs, timeZone: undefined, words });
  const session = `"kind"::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.=) 'it''s'`;
  expect(staleInPass(compiled, 1, () => '$1')).toBe(
    `"b" < $1 AND ${session} AND ("a" < '1795374563'::bigint AND ${session}) IS NOT TRUE`,
  );
  expect(compiled.columns).toEqual(['a', 'b', 'kind']);
  expect(unreadableIn(compiled)).toMatch(/"a" IS NULL.*OR.*"b" IS NULL.*IS NOT TRUE/);
});
