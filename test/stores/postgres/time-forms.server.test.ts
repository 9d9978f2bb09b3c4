import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCutoffs } from '../../../src/stores/postgres/cutoff.ts';
import { timeWords as words } from '../../../src/stores/postgres/time-words.ts';
import { staleByAny, staleTestOf } from '../../../src/stores/tables/stale-test.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { sharedPostgres } from '../../servers/shared.ts';
import { openContext, wrapped } from './cleanup-fixture.ts';
import { makeShop, type Shop } from './fixture.ts';
import { cleanForm, formWith, idsIn, type TimeForm, timeForms } from './table-forms.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await sharedPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const [second, minute, hour] = [1000, 60_000, 3_600_000];

/** Sessions whose time is so many milliseconds after the limit. */
const offsets = [-hour, -minute, -second, 0, second, minute, hour];

/** Instants of a clean-up of sessions that are half an hour old. */
const moments: Readonly<Record<string, string>> = {
  'an ordinary day': '2026-11-22T12:00:00Z',
  'clocks go forward': '2026-03-08T07:00:00Z',
  'half an hour after clocks went forward': '2026-03-08T07:30:00Z',
  'clocks go back': '2026-11-01T06:00:00Z',
  'half an hour after clocks went back': '2026-11-01T06:30:00Z',
  '1969': '1969-12-31T23:59:59Z',
  'the first second of 1970': '1970-01-01T00:30:00Z',
  'the last second of 32 bits': '2038-01-19T03:44:07Z',
  'the second after': '2038-01-19T03:44:08Z',
  'the year 2400': '2400-02-29T12:00:00Z',
};

async function staleAt(shop: Shop, form: TimeForm, now: string): Promise<readonly number[]> {
  await shop.sql(`TRUNCATE sessions; INSERT INTO sessions SELECT ms, ${form.values}
    FROM unnest('{${offsets}}'::int[]) ms,
         LATERAL (SELECT least(timestamptz '${now}' - interval '30 minutes' + ms * interval '1 ms', '${form.until ?? 'infinity'}') AS t) AS at`);
  await using context = await openContext(shop);
  const { timeZone, rule } = form;
  const found = await shop.sql<{ name: string; type: string; notNull: boolean }>(`
    SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS "notNull"
      FROM pg_attribute WHERE attrelid = 'sessions'::regclass AND attnum > 0`);
  const options = { ageSeconds: 1800, naive: timeZone !== undefined, now, timeZone };
  const { texts: cutoffs } = await readCutoffs(context.connection, options);
  const stale = staleTestOf(formWith(rule), { found, cutoffs, timeZone, words });
  const rows = await shop.sql<{ ms: number }>(
    `SELECT ms FROM sessions WHERE ${staleByAny(stale)} ORDER BY ms`,
  );
  return rows.map(({ ms }) => ms);
}

describe.each(Object.entries(timeForms))('%s', (_name, form) => {
  test('is stale from its limit on, at any moment', async () => {
    const shop = await makeShop(postgres, `CREATE TABLE sessions (ms int, ${form.columns})`);
    const limit = form.rule.inclusive ? 1 : 0;
    for (const [moment, now] of Object.entries(moments)) {
      const stale = await staleAt(shop, form, now);
      const isPast = form.until !== undefined && Date.parse(now) - 30 * minute > Date.parse(form.until);
      const expected = offsets.filter((offset) => offset < limit || isPast);
      // A local time that occurs twice, or could, waits for the later reading.
      const isTwice = form.timeZone !== undefined && moment.includes('back');
      if (isTwice) expect(expected, moment).toEqual(expect.arrayContaining([...stale]));
      else expect(stale, moment).toEqual(expected);
    }
  });
});

/** The column alone on the left of each comparison: no cast, no function. */
const bareRange = /^\(\("time" <=? '[^']*'::[a-z ]+\) AND \("time" >= '[^']*'::[a-z ]+\)/;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly Plan[];
}

const nodesOf = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** The plans of the DELETEs that a clean-up sends, in their own transactions. */
async function plansOf(shop: Shop, form: TimeForm): Promise<readonly (readonly Plan[])[]> {
  const plans: (readonly Plan[])[] = [];
  const { rule, timeZone } = form;
  await cleanForm(shop, formWith(rule), {
    ...(timeZone !== undefined && { timeZone }),
    wrap: (connection) => {
      const plain = connection.query.bind(connection);
      return wrapped(connection, async (text, send, values) => {
        if (text.includes('DELETE FROM ONLY')) {
          const { rows } = await plain(`EXPLAIN (FORMAT JSON) ${text}`, values);
          plans.push(nodesOf((rows[0] as { 'QUERY PLAN': [{ Plan: Plan }] })['QUERY PLAN'][0].Plan));
        }
        return send();
      });
    },
  });
  return plans;
}

/** Live sessions of 3,500; the rest is too little for a scan where there is an index. */
const kept = Math.floor(86_400 / 28);

const filled = ({ columns, values }: TimeForm) => `
  CREATE TABLE sessions (id text PRIMARY KEY, ${columns});
  INSERT INTO sessions SELECT 'id-' || n, ${values} FROM generate_series(1, 3500) n,
    LATERAL (SELECT now() - n * interval '28 seconds' AS t) AS at ORDER BY random();
  CREATE INDEX sessions_time_idx ON sessions (time);
  ANALYZE sessions;`;

describe.each(Object.entries(timeForms).filter(([, { rule }]) => !rule.plus))(
  'with an index, %s',
  (_name, form) => {
    test('is found through the index by a comparison without a cast', async () => {
      const shop = await makeShop(postgres, filled(form));
      const plans = await plansOf(shop, form);
      expect(plans.length).toBeGreaterThan(0);
      for (const nodes of plans) {
        const own = nodes.filter((node) => node['Relation Name'] === 'sessions');
        expect(own.map((node) => node['Node Type'])).not.toContain('Seq Scan');
        const walk = own.find((node) => node['Index Name'] === 'sessions_time_idx');
        expect(walk?.['Index Cond']).toMatch(bareRange);
      }
      expect(Math.abs((await idsIn(shop)).length - kept)).toBeLessThan(5);
    });
  },
);

describe.each(Object.entries(timeForms).filter(([, { rule }]) => rule.plus))('%s', (_name, form) => {
  test('is deleted in slices, whatever index there is', async () => {
    const shop = await makeShop(postgres, filled(form));
    const plans = await plansOf(shop, form);
    const own = plans.flat().filter((node) => node['Relation Name'] === 'sessions');
    const types = own.map((node) => node['Node Type']);
    expect(types).toContain('Tid Range Scan');
    expect(types).not.toContain('Seq Scan');
    expect(Math.abs((await idsIn(shop)).length - kept)).toBeLessThan(5);
  });
});
