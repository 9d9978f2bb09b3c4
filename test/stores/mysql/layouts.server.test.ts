import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgeRule } from '../../../src/layouts/table-form.ts';
import { iterSessions, saveSession } from '../../../src/stores/mysql/sessions.ts';
import { flavours, type TestMysql } from '../../servers/mysql.ts';
import { sharedMysql } from '../../servers/shared.ts';
import { refusal } from '../refusal.ts';
import { makeShop, type Shop } from './fixture.ts';
import { cleanForm, formContext, formOf, idsIn, setUpForm } from './layout-fixture.ts';

const seconds: AgeRule = { at: { column: 't', unit: 's' } };
const now = '2026-11-01 05:30:00';
const cutoff = 1_793_511_000;

/** Rows of so many sessions, every second one stale. */
const rows = (count: number, of: (n: number, t: number) => string): string =>
  Array.from({ length: count }, (_, n) => of(n, cutoff + (n % 2 === 0 ? -1 - n : 1 + n))).join(', ');

describe.each(flavours)('a layout’s table on %s', (flavour) => {
  let server: TestMysql;
  let shop: Shop;
  beforeAll(async () => {
    server = await sharedMysql(flavour);
    shop = await makeShop(server);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** A table made by these statements. */
  const made = async (table: string, ...statements: readonly string[]) => {
    await shop.sql(statements.join(';').replaceAll('{table}', table));
    return table;
  };

  describe.each([
    ['by an index', ', KEY (t)'],
    ['by a scan', ''],
  ])('is cleaned %s', (how, index) => {
    const name = (part: string) => `${part}_${how.replaceAll(' ', '_')}`;

    test.each([
      [
        'a number as its primary key',
        'n bigint unsigned AUTO_INCREMENT PRIMARY KEY, id varchar(64), UNIQUE (id)',
      ],
      ['an id that may be NULL', 'n int AUTO_INCREMENT PRIMARY KEY, id varchar(64) NULL'],
      [
        'an id in two columns',
        "ip varchar(45) NOT NULL DEFAULT '', id varchar(64) NOT NULL, PRIMARY KEY (id, ip)",
      ],
      ['a decimal as its primary key', 'n decimal(20,3) NOT NULL PRIMARY KEY, id varchar(64)'],
      ['a unique id without a primary key', 'id varchar(64) NOT NULL, UNIQUE own (id)'],
      ['bytes as its id', 'id varbinary(64) NOT NULL PRIMARY KEY'],
    ])('with %s', async (title, columns) => {
      const table = await made(
        name(title.replace(/\W/g, '_').slice(0, 30)),
        `CREATE TABLE {table} (${columns}, data text, t int ${index})`,
        `INSERT INTO {table} (id, t ${columns.includes('decimal') ? ', n' : ''}) VALUES ${rows(700, (n, t) => `('s-${n}', ${t} ${columns.includes('decimal') ? `, ${n}.5` : ''})`)}`,
      );
      const layout = formOf({
        table,
        key: { column: 'id', is: 'plain' },
        rules: [seconds],
        columns: [],
        hasOtherColumns: true,
        payload: 'data',
      });
      expect(await cleanForm(shop, layout, { now })).toMatchObject({
        deleted: 350,
        remaining: 350,
        overdue: 0,
      });
      const left = await idsIn(shop, table);
      expect(left.filter((id) => Number(id.slice(2)) % 2 === 0)).toEqual([]);
    });

    test('with an id in two columns, of one row held by another session and one referred to', async () => {
      const table = await made(
        name('held'),
        `CREATE TABLE {table} (id varchar(64) NOT NULL, ip int NOT NULL, data text, t int, PRIMARY KEY (id, ip) ${index})`,
        `INSERT INTO {table} (id, ip, t) VALUES ${rows(200, (n, t) => `('s-${Math.floor(n / 4)}', ${n}, ${t})`)}`,
        'CREATE TABLE {table}_orders (id varchar(64), ip int, FOREIGN KEY (id, ip) REFERENCES {table} (id, ip))',
        `INSERT INTO {table}_orders VALUES ('s-1', 4)`,
      );
      const holder = await server.client({ database: shop.database });
      await holder.query(`BEGIN; SELECT * FROM ${table} WHERE id = 's-2' AND ip = 8 FOR UPDATE`);
      const layout = formOf({
        table,
        key: { column: 'id', is: 'plain' },
        rules: [seconds],
        hasOtherColumns: true,
      });
      const report = await cleanForm(shop, layout, { now });
      await holder.end();
      expect(report).toMatchObject({
        deleted: 98,
        overdue: 2,
        complete: true,
        undeletable: [{ cause: 'Referenced', count: 1 }],
      });
      expect(await cleanForm(shop, layout, { now })).toMatchObject({ overdue: 1, remaining: 101 });
    });

    test('by several rules, each row once', async () => {
      const table = await made(
        name('rules'),
        `CREATE TABLE {table} (id varchar(64) PRIMARY KEY, data text, t int, ended datetime NULL ${index} ${index === '' ? '' : ', KEY (ended)'})`,
        `INSERT INTO {table} (id, t) VALUES ${rows(400, (n, t) => `('s-${n}', ${t})`)}`,
        `UPDATE {table} SET ended = '2026-11-01 04:00:00' WHERE SUBSTR(id, 3) % 5 = 0`,
        `UPDATE {table} SET ended = '2027-01-01' WHERE id = 's-7'`,
      );
      const ended: AgeRule = { at: { column: 'ended', zone: 'UTC', nullMeans: 'never' } };
      const layout = formOf({ table, rules: [seconds, ended] });
      // Stale by their times are 200, and of the 80 that have ended 40 more.
      const dry = await cleanForm(shop, layout, { now, dryRun: true });
      expect(dry).toMatchObject({ overdue: 240, remaining: 400, oldestStale: '2026-11-01T04:00:00.000Z' });
      expect(dry.unreadable).toBeUndefined();
      expect(await cleanForm(shop, layout, { now })).toMatchObject({
        deleted: 240,
        remaining: 160,
        overdue: 0,
      });
    });

    test('by a rule for rows of an older version, which their own column tells', async () => {
      const table = await made(
        name('legacy'),
        `CREATE TABLE {table} (id varchar(64) PRIMARY KEY, data text, t int unsigned, seen int unsigned ${index})`,
        `INSERT INTO {table} (id, t, seen) VALUES ('stale-1', ${cutoff - 1}, 5), ('live-1', ${cutoff}, 5)`,
      );
      const limit = 315_576_000;
      const layout = formOf({
        table,
        rules: [
          { at: { column: 't', unit: 's' }, when: { column: 't', above: limit } },
          {
            at: { column: 'seen', unit: 's' },
            plus: { column: 't', unit: 's' },
            when: { column: 't', atMost: limit },
          },
        ],
      });
      expect(await cleanForm(shop, layout, { now })).toMatchObject({ deleted: 1, remaining: 1 });
      await shop.sql(
        `INSERT INTO ${table} (id, t, seen) VALUES ('stale-2', ${cutoff - 1}, 5), ('stale-3', 1440, ${cutoff - 1441}), ('live-2', 1440, ${cutoff - 1440}), ('live-3', 1440, NULL)`,
      );
      expect(await cleanForm(shop, layout, { now })).toMatchObject({
        deleted: 2,
        remaining: 3,
        unreadable: 1,
      });
      expect(await idsIn(shop, table)).toEqual(['live-1', 'live-2', 'live-3']);
    });

    test('except rows that are no sessions, to the letter', async () => {
      const table = await made(
        name('only'),
        `CREATE TABLE {table} (id varchar(64) PRIMARY KEY, data text, t int, kind varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci ${index})`,
        `INSERT INTO {table} (id, t, kind) VALUES ('stale-1', 1, 'session'), ('other-1', 1, 'Session'), ('other-2', 1, 'token'), ('other-3', NULL, 'token'),
           ('other-4', 1, NULL), ('live-1', ${cutoff}, 'session'), ('unreadable-1', NULL, 'session')`,
      );
      const layout = formOf({ table, rules: [seconds], only: { column: 'kind', equals: 'session' } });
      expect(await cleanForm(shop, layout, { now })).toMatchObject({
        deleted: 1,
        remaining: 2,
        unreadable: 1,
      });
      expect(await idsIn(shop, table)).toHaveLength(6);
    });
  });

  test('without any key is refused with a sentence', async () => {
    const table = await made('keyless', 'CREATE TABLE {table} (id varchar(64), data text, t int)');
    const layout = formOf({
      table,
      key: { column: 'id', is: 'plain' },
      rules: [seconds],
      hasOtherColumns: true,
    });
    await refusal('ShapeMismatch', /no primary key.*ADD PRIMARY KEY/)(setUpForm(shop, layout));
  });

  test.each([
    ['seconds that are milliseconds', 's', 1_793_511_000_000, /look like milliseconds/],
    ['milliseconds that are seconds', 'ms', 1_793_511_000, /look like seconds/],
  ] as const)('with %s is refused before the first DELETE', async (title, unit, t, words) => {
    const table = await made(
      title.replace(/\W/g, '_'),
      'CREATE TABLE {table} (id int AUTO_INCREMENT PRIMARY KEY, data text, t bigint)',
      `INSERT INTO {table} (t) VALUES ${Array.from({ length: 20 }, (_, n) => `(${t + n})`).join(', ')}`,
    );
    const layout = formOf({ table, columns: [], rules: [{ at: { column: 't', unit } }] });
    await refusal('ShapeMismatch', words, /of a sample of 20 sessions/)(cleanForm(shop, layout, { now }));
    expect(await idsIn(shop, table)).toHaveLength(20);
  });

  test('with a time that needs the application’s zone is refused without one', async () => {
    const table = await made('zoneless', 'CREATE TABLE {table} (id int PRIMARY KEY, data text, t datetime)');
    const layout = formOf({ table, columns: [], rules: [{ at: { column: 't', zone: 'application' } }] });
    await refusal('InvalidInput', /Set layoutOptions.timeZone/)(cleanForm(shop, layout, { now }));
    expect(await cleanForm(shop, layout, { now, timeZone: 'Asia/Tokyo' })).toMatchObject({
      timeZone: { name: 'Asia/Tokyo', source: 'Spec' },
    });
  });

  test('with a local time and a lifetime is refused', async () => {
    const table = await made(
      'summed',
      'CREATE TABLE {table} (id int PRIMARY KEY, data text, t datetime, life int)',
    );
    const rule: AgeRule = { at: { column: 't', zone: 'application' }, plus: { column: 'life', unit: 's' } };
    const layout = formOf({ table, columns: [], rules: [rule] });
    await refusal('ShapeMismatch', /local time, to which no lifetime can be added/)(setUpForm(shop, layout));
  });

  test('that looks like another layout’s is refused with the name of that', async () => {
    const table = await made(
      'lookalike',
      'CREATE TABLE {table} (id varchar(64) PRIMARY KEY, pickle blob NOT NULL, modify_time timestamp NOT NULL)',
    );
    await refusal(
      'ShapeMismatch',
      /looks like the table of the layout session3/,
    )(setUpForm(shop, formOf({ table })));
  });

  test('is not saved in where its sessions are more than bytes and a time of change', async () => {
    const table = await made(
      'unsaved',
      'CREATE TABLE {table} (id varchar(64) PRIMARY KEY, data text, t int)',
    );
    await using context = await formContext(shop, formOf({ table, rules: [seconds] }));
    await refusal(
      'InvalidInput',
      /save its sessions with its own library/,
    )(saveSession(context, 'a', Buffer.from('x')));
  });

  test('without a unique id is read page by page in order of the primary key', async () => {
    const table = await made(
      'paged',
      'CREATE TABLE {table} (id varchar(64), ip int, data text, t int, PRIMARY KEY (ip, id))',
      `INSERT INTO {table} (id, ip, data, t) VALUES ${rows(450, (n, t) => `('s-${n % 7}', ${Math.floor(n / 7)}, 'd-${n}', ${t})`)}`,
    );
    const layout = formOf({
      table,
      key: { column: 'id', is: 'plain' },
      primaryKey: { columns: ['ip', 'id'] },
      rules: [seconds],
    });
    await using context = await formContext(shop, layout);
    const found = new Set<string>();
    for await (const [, payload] of iterSessions(context)) found.add(Buffer.from(payload).toString());
    expect(found.size).toBe(450);
  });
});
