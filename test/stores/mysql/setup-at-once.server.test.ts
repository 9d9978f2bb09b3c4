import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../../src/api/spent-tokens.ts';
import type { MysqlConnection } from '../../../src/stores/mysql/connection.ts';
import { setUp } from '../../../src/stores/mysql/setup.ts';
import { StoreError } from '../../../src/stores/store-error.ts';
import { flavours, type TestMysql } from '../../servers/mysql.ts';
import { sharedMysql } from '../../servers/shared.ts';
import { patiently } from '../patiently.ts';
import {
  commentOf,
  fill,
  left,
  makeShop,
  openContext,
  owner,
  type Shop,
  sessionsTable,
  tablesOf,
} from './fixture.ts';

describe.each(flavours)('set-ups at once on %s', (flavour) => {
  let server: TestMysql;
  beforeAll(async () => {
    server = await sharedMysql(flavour);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('many at once make one table', async () => {
    const shop = await makeShop(server);
    const reports = await Promise.all(Array.from({ length: 8 }, () => patiently(() => shop.setUp())));
    expect(reports.filter(({ outcome }) => outcome === 'Created')).toHaveLength(1);
    expect(reports.filter(({ outcome }) => outcome === 'Verified')).toHaveLength(7);
  });

  test('two at once overwrite once: what is saved in the new table stays', async () => {
    for (let round = 0; round < 10; round += 1) {
      const shop = await makeShop(server, sessionsTable + fill(5, 0));
      let saved = 0;
      let isDone = false;
      const application = (async () => {
        const client = await server.client({ database: shop.database });
        while (!isDone) {
          const comment = await commentOf(shop);
          if (!comment.includes(fingerprintOf('t1'))) {
            await delay(1);
            continue;
          }
          saved += 1;
          await client.query(`INSERT INTO sessions (id, pickle) VALUES ('live-${saved}', 'x')`);
        }
        await client.end();
      })();
      const overwrite = { ifExists: 'Overwrite', overwriteToken: 't1' } as const;
      try {
        await Promise.all([patiently(() => shop.setUp(overwrite)), patiently(() => shop.setUp(overwrite))]);
      } finally {
        isDone = true;
        await application;
      }
      expect(await left(shop)).toEqual({ stale: 0, live: saved });
      expect(await tablesOf(shop)).toEqual(['sessions']);
    }
  });

  test('of several at once that overwrite by one token, all but one wait until it is done', async () => {
    const shop = await makeShop(server, sessionsTable + fill(5, 0));
    const holder = await server.client({ database: shop.database });
    await holder.query("BEGIN; INSERT INTO sessions (id, pickle) VALUES ('stale-6', 'x')");
    const overwrite = { ifExists: 'Overwrite', overwriteToken: 't1' } as const;
    const save = () => shop.sql("INSERT INTO sessions (id, pickle) VALUES (CONCAT('live-', UUID()), 'x')");
    const running = [1, 2, 3].map(async () => {
      const { outcome } = await patiently(() => shop.setUp(overwrite));
      await save();
      return outcome;
    });
    // One waits for the table, at its last statement, and two for their turn.
    const waiting = () =>
      server.sql(
        `SELECT 1 FROM information_schema.PROCESSLIST WHERE DB = '${shop.database}' AND STATE = 'User lock'`,
      );
    await expect.poll(waiting, { timeout: 60_000, interval: 20 }).toHaveLength(2);
    await holder.query('COMMIT');
    await holder.end();
    expect((await Promise.all(running)).sort()).toEqual(['Overwritten', 'Verified', 'Verified']);
    expect(await left(shop)).toEqual({ stale: 0, live: 3 });
  });

  test.each<[string, Parameters<Shop['setUp']>[0]]>([
    ['adopt', {}],
    ['overwrite', { ifExists: 'Overwrite', overwriteToken: 't1' }],
  ])('of two owners who %s one table at once exactly one gets it', async (_, options) => {
    for (let round = 0; round < 10; round += 1) {
      const shop = await makeShop(server, sessionsTable);
      const ends = await Promise.allSettled(
        ['web', 'other'].map((name) =>
          patiently(() => shop.setUp({ ...options, owner: { ...owner, name } })),
        ),
      );
      const lost = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
      expect(lost).toEqual([expect.objectContaining({ reason: 'Conflict' })]);
    }
  });

  test.each([1235, 1105])('a cluster that refuses locks by error %d is set up without', async (errno) => {
    const shop = await makeShop(server, sessionsTable);
    const refuse = new StoreError('InternalError', 'prohibited', {
      cause: Object.assign(new Error(), { errno }),
    });
    const wrap = (connection: MysqlConnection): MysqlConnection =>
      new Proxy(connection, {
        get: (of, name) => {
          const value: unknown = Reflect.get(of, name, of);
          if (typeof value !== 'function') return value;
          return (...values: readonly unknown[]) =>
            String(values[0]).includes('GET_LOCK') ? Promise.reject(refuse) : value.apply(of, values);
        },
      });
    await using context = await openContext(shop, { wrap });
    expect(await setUp(context, { owner, ifExists: 'Adopt' })).toMatchObject({
      outcome: 'Adopted',
      marked: true,
    });
  });
});
