import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgeRule, TableForm } from '../../../src/layouts/table-form.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { sharedPostgres } from '../../servers/shared.ts';
import { makeShop } from './fixture.ts';
import { cleanForm, formWith, idsIn } from './table-forms.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await sharedPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const now = () => Math.floor(Date.now() / 1000);
const day = 86_400;
const index = 'CREATE INDEX ON sessions (time);';

/** A table of rows, each with an id that says what becomes of it: `stale`, `live` or `none` for no time. */
const tableOf = (columns: string, rows: Readonly<Record<string, string>>): string =>
  `CREATE TABLE sessions (id text PRIMARY KEY, ${columns});
   INSERT INTO sessions VALUES ${Object.entries(rows)
     .map(([id, values]) => `('${id}', ${values})`)
     .join(', ')};`;

/** All kinds of values that a column of the type can hold. */
const extremes: Readonly<
  Record<string, { columns: string; rule: AgeRule; rows: () => Record<string, string> }>
> = {
  timestamptz: {
    columns: 'time timestamptz',
    rule: { at: { column: 'time' } },
    rows: () => ({
      'live-infinity': `'infinity'`,
      'live-last': `'294276-12-31 UTC'`,
      'live-now': 'now()',
      none: 'NULL',
      'stale-1969': `'1969-12-31 23:59:59 UTC'`,
      'stale-first': `'4713-01-01 BC'`,
      'stale-infinity': `'-infinity'`,
    }),
  },
  'timestamp in New York': {
    columns: 'time timestamp',
    rule: { at: { column: 'time', zone: 'application' } },
    rows: () => ({
      'live-infinity': `'infinity'`,
      'live-last': `'294276-12-31'`,
      none: 'NULL',
      'stale-first': `'4713-01-01 BC'`,
      'stale-infinity': `'-infinity'`,
    }),
  },
  'bigint with never': {
    columns: 'time bigint',
    rule: { at: { column: 'time', unit: 'ms', never: [0, 2 ** 63] } },
    rows: () => ({
      'live-never-0': '0',
      'live-never-long': '9223372036854775807',
      'live-now': `${now() * 1000}`,
      none: 'NULL',
      'stale-1969': '-1',
      'stale-day': `${(now() - day) * 1000 - 5000}`,
      'stale-least': '-9223372036854775808',
    }),
  },
  integer: {
    columns: 'time int',
    rule: { at: { column: 'time', unit: 's', nullMeans: 'never' } },
    rows: () => ({
      'live-greatest': '2147483647',
      'live-null': 'NULL',
      'live-now': `${now()}`,
      'stale-0': '0',
      'stale-least': '-2147483648',
    }),
  },
  'double precision': {
    columns: 'time float8',
    rule: { at: { column: 'time', unit: 's' } },
    rows: () => ({
      'live-huge': '1e308',
      'live-infinity': `'Infinity'`,
      'live-now': `${now()}.5`,
      'none-minus-huge': '-1e308',
      'none-minus-infinity': `'-Infinity'`,
      'none-nan': `'NaN'`,
      'none-null': 'NULL',
      'stale-day': `${now() - day - 5}.5`,
    }),
  },
  numeric: {
    columns: 'time numeric',
    rule: { at: { column: 'time', unit: 'ms' } },
    rows: () => ({
      'live-huge': '1e400',
      'live-infinity': `'Infinity'`,
      'live-now': `${now() * 1000}`,
      'none-minus-huge': '-1e400',
      'none-nan': `'NaN'`,
      'none-null': 'NULL',
      'stale-day': `${(now() - day - 5) * 1000}`,
    }),
  },
  'sums of bigint': {
    columns: 'time bigint, life bigint',
    rule: { at: { column: 'time', unit: 'ms' }, plus: { column: 'life', unit: 's' } },
    rows: () => ({
      'live-both-huge': '9223372036854775807, 9223372036854775807',
      'live-day': `${(now() - day) * 1000}, 3600`,
      'live-life': '0, 9223372036854775807',
      'none-life': '0, NULL',
      'none-time': 'NULL, 5',
      'stale-day': `${(now() - day - 3605) * 1000}, 3600`,
      'stale-zero': '0, 0',
    }),
  },
  'sums of an instant and a double': {
    columns: 'time timestamptz, life float8',
    rule: { at: { column: 'time' }, plus: { column: 'life', unit: 's' } },
    rows: () => ({
      'live-infinity': `'infinity', 5`,
      'live-last': `'294276-12-31 UTC', 1e300`,
      'live-life': `'2020-01-01 UTC', 'Infinity'`,
      'none-life': `now(), 'NaN'`,
      'none-minus': `'-infinity', 0`,
      'stale-day': `now() - interval '25:00:05', 3600`,
    }),
  },
};

const startingWith = (rows: object, start: string) => Object.keys(rows).filter((id) => id.startsWith(start));

describe.each(Object.entries(extremes))('%s', (_name, { columns, rule, rows: made }) => {
  test.each([
    ['in slices', ''],
    ['in batches', index],
  ])(
    '%s: values at the ends of the type are stale, live or unreadable, and end no run',
    async (_how, more) => {
      const rows = made();
      const shop = await makeShop(postgres, tableOf(columns, rows) + more);
      const layout = formWith(rule);
      const [live, none, stale] = ['live', 'none', 'stale'].map((start) => startingWith(rows, start).length);
      const kept = { remaining: (live ?? 0) + (none ?? 0), ...(none && { unreadable: none }) };
      const options = { timeZone: 'America/New_York' };
      const dry = await cleanForm(shop, layout, { ...options, dryRun: true });
      expect(dry).toMatchObject({ deleted: 0, overdue: stale, ...(none && { unreadable: none }) });
      expect(await cleanForm(shop, layout, options)).toMatchObject({ deleted: stale, overdue: 0, ...kept });
      expect(await idsIn(shop)).toEqual(
        [...startingWith(rows, 'live'), ...startingWith(rows, 'none')].toSorted(),
      );
    },
  );
});

describe('a layout with several rules', () => {
  const destroyed = formWith(
    { at: { column: 'time', unit: 'ms' } },
    { at: { column: 'gone', nullMeans: 'never' } },
  );
  const sum = formWith(
    { at: { column: 'time', unit: 's' }, when: { column: 'time', above: 315_576_000 } },
    {
      at: { column: 'start', unit: 's' },
      plus: { column: 'time', unit: 's' },
      when: { column: 'time', atMost: 315_576_000 },
    },
  );
  const gone = () => ({
    'live-1': `${now() * 1000}, NULL`,
    'live-2': `${now() * 1000}, now()`,
    'none-1': 'NULL, NULL',
    'stale-1': `${(now() - day - 5) * 1000}, NULL`,
    'stale-2': `${now() * 1000}, now() - interval '25 hours'`,
    'stale-3': `${(now() - day - 5) * 1000}, now() - interval '25 hours'`,
    'stale-4': `NULL, now() - interval '25 hours'`,
  });
  const old = () => ({
    'live-1': `${now()}, ${now() - 60}`,
    'live-2': `3600, ${now() - day}`,
    'none-1': `NULL, ${now() - 2 * day}`,
    'stale-1': `${now() - day - 5}, ${now()}`,
    'stale-2': `3600, ${now() - day - 3605}`,
  });
  test.each<[string, TableForm, string, () => Record<string, string>]>([
    ['a second time in slices', destroyed, 'time bigint, gone timestamptz', gone],
    ['a second time in batches, then in slices', destroyed, 'time bigint, gone timestamptz', gone],
    ['a second time in batches', destroyed, 'time bigint, gone timestamptz', gone],
    ['a lifetime of an older version', sum, 'time int, start int', old],
  ])('takes each row once, by %s', async (what, layout, columns, made) => {
    const rows = made();
    const batches = what.includes('batches') ? index : '';
    const both = what.endsWith('in batches') ? 'CREATE INDEX ON sessions (gone);' : '';
    const shop = await makeShop(postgres, tableOf(columns, rows) + batches + both);
    const stale = startingWith(rows, 'stale').length;
    const dry = await cleanForm(shop, layout, { dryRun: true });
    expect(dry).toMatchObject({ deleted: 0, overdue: stale, unreadable: 1 });
    expect(await cleanForm(shop, layout)).toMatchObject({ deleted: stale, overdue: 0, unreadable: 1 });
    expect(await idsIn(shop)).toEqual(Object.keys(rows).slice(0, -stale));
  });

  test('names the oldest stale time of any rule', async () => {
    const rows = { ...gone(), 'stale-5': `${now() * 1000}, '2001-02-03 04:05:06 UTC'` };
    const shop = await makeShop(postgres, tableOf('time bigint, gone timestamptz', rows));
    expect(await cleanForm(shop, destroyed, { dryRun: true })).toMatchObject({
      oldestStale: '2001-02-03T04:05:06.000Z',
    });
  });
});

describe('a table that sessions share with other rows', () => {
  const layout = { ...formWith({ at: { column: 'time' } }), only: { column: 'kind', equals: '7' } };
  const rows = {
    'live-1': 'now(), 7',
    'other-1': `now() - interval '2 days', 8`,
    'other-2': 'NULL, NULL',
    'stale-1': `now() - interval '2 days', 7`,
  };

  test.each([
    ['slices', ''],
    ['batches', index],
  ])('loses only sessions, and counts only them, in %s', async (_how, more) => {
    const shop = await makeShop(postgres, tableOf('time timestamptz, kind int', rows) + more);
    expect(await cleanForm(shop, layout)).toMatchObject({ deleted: 1, remaining: 1, overdue: 0 });
    expect(await idsIn(shop)).toEqual(['live-1', 'other-1', 'other-2']);
  });
});
