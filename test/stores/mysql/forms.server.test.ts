import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MysqlConnection, Value } from '../../../src/stores/mysql/connection.ts';
import { flavours, type TestMysql } from '../../servers/mysql.ts';
import { sharedMysql } from '../../servers/shared.ts';
import { makeShop, type Shop } from './fixture.ts';
import { type Form, forms, sums } from './forms.ts';
import { cleanForm, formOf, idsIn } from './layout-fixture.ts';

const columnsOf = ({ also }: Form): string => (also === undefined ? 't' : 't, life');

/** The rows of a form, each named after its fate. */
const rowsOf = (form: Form): string =>
  (['stale', 'live', 'unreadable'] as const)
    .flatMap((fate) => (form[fate] ?? []).map((value, number) => `('${fate}-${number}', ${value})`))
    .join(', ');

const tableOf = (form: Form, table: string, index: string): string => `
  CREATE TABLE ${table} (id varchar(64) NOT NULL PRIMARY KEY, data text, t ${form.type}
    ${form.also === undefined ? '' : `, ${form.also}`} ${index});
  INSERT INTO ${table} (id, ${columnsOf(form)}) VALUES ${rowsOf(form)};`;

/** Live rows, all of one time. */
const fillers = ({ live: [value] }: Form, table: string, more: number): string =>
  more === 0 || value === undefined
    ? ''
    : `INSERT INTO ${table} (id, t) VALUES ${Array.from({ length: more }, (_, n) => `('filler-${n}', ${value})`).join(', ')};
       ANALYZE TABLE ${table};`;

const indexIn = (text: string) => /FORCE INDEX \(`(\w+)`\)/.exec(text)?.[1];

interface Step {
  readonly type: string | null;
  readonly key: string | null;
}

describe.each(flavours)('each form of time on %s', (flavour) => {
  let server: TestMysql;
  let shop: Shop;
  let count = 0;
  beforeAll(async () => {
    server = await sharedMysql(flavour);
    shop = await makeShop(server);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /**
   * Cleans a table of the form's rows, and of so many more that live; returns how the server goes through it for each
   * statement that names an index.
   */
  async function clean(form: Form, index: string, more = 0) {
    count += 1;
    const table = `form_${count}`;
    await shop.sql(`SET sql_mode = ''; ${tableOf(form, table, index)} ${fillers(form, table, more)}`);
    const layout = formOf({ table, rules: [form.rule] });
    const options = { now: form.cutoff, ...(form.timeZone !== undefined && { timeZone: form.timeZone }) };
    const dry = await cleanForm(shop, layout, { ...options, dryRun: true });
    const steps: (Step & { readonly index: string; readonly text: string })[] = [];
    const before = async (connection: MysqlConnection, text: string, values: readonly Value[]) => {
      const name = indexIn(text);
      if (name === undefined || text.includes('UNION ALL')) return;
      const explained = await connection.query<Step>(`EXPLAIN FORMAT = TRADITIONAL ${text}`, values);
      steps.push(
        ...explained
          .filter(({ key }) => key !== null)
          .map(({ key, type }) => ({ key, type, index: name, text })),
      );
    };
    const report = await cleanForm(shop, layout, { ...options, before });
    return { dry, report, left: await idsIn(shop, table), steps };
  }

  const fatesOf = ({ live, unreadable = [] }: Form) =>
    [
      ...live.map((_, number) => `live-${number}`),
      ...unreadable.map((_, number) => `unreadable-${number}`),
    ].toSorted();

  async function expectCleaned(form: Form, { dry, report, left }: Awaited<ReturnType<typeof clean>>) {
    const { stale, unreadable = [], oldest } = form;
    expect(left).toEqual(fatesOf(form));
    expect(dry).toMatchObject({ deleted: 0, overdue: stale.length });
    expect(report).toMatchObject({ deleted: stale.length, overdue: 0, complete: true });
    expect(report.unreadable ?? 0).toBe(unreadable.length);
    if (oldest !== undefined) expect(dry.oldestStale).toBe(oldest);
  }

  test.each(forms.map((form) => [form.title, form] as const))('%s, with an index', async (_title, form) => {
    const cleaned = await clean(form, ', KEY at (t)');
    await expectCleaned(form, cleaned);
    // No statement reads another index than the one that it names.
    expect(cleaned.steps.filter(({ key, index }) => key !== index)).toEqual([]);
  });

  test.each(forms.map((form) => [form.title, form] as const))(
    '%s, without an index',
    async (_title, form) => {
      const cleaned = await clean(form, '');
      await expectCleaned(form, cleaned);
      expect(cleaned.steps.filter(({ key }) => key !== 'PRIMARY')).toEqual([]);
    },
  );

  test.each(sums.map((form) => [form.title, form] as const))('a sum of %s', async (_title, form) => {
    await expectCleaned(form, await clean(form, ', KEY at (t)'));
  });

  const selective = forms.filter(({ live, stale }) => live.length > 0 && stale.length > 0);
  test.each(selective.map((form) => [form.title, form] as const))(
    'a walk reads a range of the index alone: %s',
    async (_title, form) => {
      const { steps, report } = await clean(form, ', KEY at (t)', 2000);
      expect(report).toMatchObject({ deleted: form.stale.length });
      expect(steps.length).toBeGreaterThan(2);
      expect(steps.filter(({ type }) => !['range', 'ref', 'ref_or_null'].includes(type ?? ''))).toEqual([]);
      expect(steps.map(({ key }) => key)).toEqual(steps.map(() => 'at'));
    },
  );
});
