import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MysqlConnection } from '../../../src/stores/mysql/connection.ts';
import { setUp } from '../../../src/stores/mysql/setup.ts';
import { flavours, type TestMysql } from '../../servers/mysql.ts';
import { sharedMysql } from '../../servers/shared.ts';
import { refusal } from '../refusal.ts';
import { cleanUp, makeShop, openContext, owner, session3Table, stateOf } from './fixture.ts';

/** So many sessions that session3 has saved: on this server they have no time. */
const saved = (count: number) =>
  `INSERT INTO sessions (id, pickle) VALUES ${Array.from({ length: count }, (_, n) => `('s-${n}', 'x')`).join(', ')};`;

describe.each(flavours)('migration on %s', (flavour) => {
  let server: TestMysql;
  beforeAll(async () => {
    server = await sharedMysql(flavour);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('gives a table of session3’s own making times, a wide payload and an index, and loses nothing', async () => {
    const shop = await makeShop(server, `${session3Table()} ${saved(1234)}`);
    await refusal('ShapeMismatch', /setup.migrate: true/)(shop.setUp());
    expect(await shop.setUp({ migrate: true })).toMatchObject({ outcome: 'Adopted', marked: true });
    const state = await stateOf(shop);
    expect(state).toMatch(/`pickle` longblob NOT NULL/);
    expect(state).toMatch(/`modify_time` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP(\(\))? ON UPDATE/i);
    expect(state).toMatch(/KEY `modify_time` \(`modify_time`\)/);
    expect(await cleanUp(shop, { ageSeconds: 60 })).toMatchObject({ deleted: 0, remaining: 1234 });
    expect(await shop.setUp({ migrate: true })).toMatchObject({
      outcome: 'Verified',
      // The id's collation stays the application's choice.
      notes: [expect.stringMatching(/^column id treats upper and lower case as the same/)],
    });
    expect(await stateOf(shop)).toBe(state);
  });

  test('leaves alone what times there are', async () => {
    const shop = await makeShop(
      server,
      `${session3Table()} ${saved(3)} UPDATE sessions SET modify_time = '2020-02-02 02:02:02' WHERE id = 's-1';`,
    );
    await shop.setUp({ migrate: true });
    expect(await cleanUp(shop, { ageSeconds: 60 })).toMatchObject({ deleted: 1, remaining: 2 });
  });

  test('does not touch a table that does not fit for another reason, and names that one alone', async () => {
    const shop = await makeShop(server, `${session3Table()} ALTER TABLE sessions ADD shop int NOT NULL;`);
    const before = await stateOf(shop);
    await refusal('ShapeMismatch', /session3: column shop [^;]*$/)(shop.setUp({ migrate: true }));
    expect(await stateOf(shop)).toBe(before);
  });

  test('an application that saves as session3 does meanwhile loses nothing, and all it saved has a time', async () => {
    const shop = await makeShop(server, `${session3Table()} ${saved(3000)}`);
    const client = await server.client({ database: shop.database });
    const mine = new Set<string>();
    let isDone = false;
    const application = (async () => {
      for (let n = 0; !isDone; n += 1) {
        const id = n % 3 === 0 ? `s-${n % 3000}` : `new-${n}`;
        await client.query('REPLACE INTO sessions (id, pickle) VALUES (?, ?)', [id, 'y']);
        mine.add(id);
      }
    })().finally(() => {
      isDone = true;
    });
    /** The application saves some more before each statement that gives rows their time. */
    const wrap = (connection: MysqlConnection): MysqlConnection => {
      const change = connection.change.bind(connection);
      connection.change = async (text, values) => {
        const wanted = mine.size + 3;
        while (text.startsWith('UPDATE') && mine.size < wanted && !isDone) await setImmediate();
        return change(text, values);
      };
      return connection;
    };
    {
      await using context = await openContext(shop, { wrap });
      const report = await setUp(context, { owner, ifExists: 'Adopt', migrate: true });
      expect(report).toMatchObject({ outcome: 'Adopted', marked: true });
    }
    isDone = true;
    await application;
    await client.end();
    const rows = await shop.sql<{ id: string }>('SELECT id FROM sessions WHERE modify_time IS NOT NULL');
    const there = new Set(rows.map(({ id }) => id));
    expect([...mine].filter((id) => !there.has(id))).toEqual([]);
    expect(there.size).toBe(3000 + [...mine].filter((id) => id.startsWith('new')).length);
    expect(mine.size).toBeGreaterThan(10);
  });
});
