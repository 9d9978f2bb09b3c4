import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanupReportSchema } from '../../../src/api/runner-result.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { sharedPostgres } from '../../servers/shared.ts';
import { cleanUp, fill, isDelete, left, sessionsTable, timeIndex, wrapped } from './cleanup-fixture.ts';
import { makeShop } from './fixture.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await sharedPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const referring = (which: string, how = '') => `
  CREATE TABLE cart (session text PRIMARY KEY REFERENCES sessions ${how});
  INSERT INTO cart SELECT id FROM sessions WHERE ${which};`;
const kept = (count: number) => [{ cause: 'Referenced', count }];

describe.each([
  ['in slices', ''],
  ['in batches', timeIndex],
])('%s', (_mode, index) => {
  test.each([
    ['one', `id = 'stale-777'`, '', 1],
    ['one, by a key that restricts', `id = 'stale-777'`, 'ON DELETE RESTRICT', 1],
    ['one, by a key that is deferred', `id = 'stale-777'`, 'DEFERRABLE INITIALLY DEFERRED', 1],
    ['a few, far apart', `id LIKE 'stale-%00'`, '', 20],
    ['every third', `id LIKE 'stale-%' AND hashtext(id) % 3 = 0`, '', undefined],
    ['all', `id LIKE 'stale-%'`, '', 2000],
  ])(
    '%s that a foreign key refers to: what can go goes, the rest is counted',
    async (_what, which, how, some) => {
      const shop = await makeShop(postgres, sessionsTable + index + fill(2000, 300) + referring(which, how));
      const [{ count } = { count: 0 }] = await shop.sql<{ count: number }>(
        'SELECT count(*)::int AS count FROM cart',
      );
      expect(count).toBe(some ?? count);
      let statements = 0;
      const report = await cleanUp(shop, {
        wrap: (connection) =>
          wrapped(connection, (text, send) => {
            if (isDelete(text)) statements += 1;
            return send();
          }),
      });
      expect(cleanupReportSchema.parse(report)).toMatchObject({
        deleted: 2000 - count,
        overdue: count,
        remaining: 300 + count,
        complete: true,
        undeletable: kept(count),
        notes: [],
      });
      expect(await left(shop)).toEqual({ stale: count, live: 300 });
      expect(statements).toBeLessThan(300);
      expect(await cleanUp(shop)).toMatchObject({
        deleted: 0,
        overdue: count,
        undeletable: kept(count),
      });
      await shop.sql('DROP TABLE cart');
      expect(await cleanUp(shop)).toMatchObject({ deleted: count, overdue: 0 });
    },
  );

  test('many of one and the same time are passed, though the role may not read what refers to them', async () => {
    const shop = await makeShop(postgres, sessionsTable + index);
    await shop.sql(`INSERT INTO sessions SELECT 'stale-' || n, '', date '2026-01-01' FROM generate_series(1, 200) n;
      INSERT INTO sessions SELECT 'stale-young-' || n, '', date '2026-01-02' FROM generate_series(1, 100) n;
      ${referring(`id NOT LIKE 'stale-young%' AND id <> 'stale-9'`)}`);
    expect(await cleanUp(shop)).toMatchObject({
      deleted: 101,
      overdue: 199,
      undeletable: kept(199),
      notes: [],
    });
  });

  test('a locked session and a referenced one are distinguished', async () => {
    const shop = await makeShop(
      postgres,
      sessionsTable + index + fill(500, 20) + referring(`id = 'stale-77'`),
    );
    const application = await postgres.client({ database: shop.database, role: shop.role });
    await application.query(`BEGIN; SELECT FROM sessions WHERE id IN ('stale-7', 'stale-70') FOR UPDATE`);
    const report = await cleanUp(shop);
    await application.end();
    expect(report).toMatchObject({ deleted: 497, overdue: 3, undeletable: kept(1) });
    expect(report.notes).toEqual([expect.stringMatching(/locked when clean-up reached them/)]);
  });

  test('a key that is looked after by a role without its rights is a refusal of the server', async () => {
    const shop = await makeShop(postgres, sessionsTable + index + fill(60, 20) + referring(`id = 'stale-7'`));
    await shop.sql(`REVOKE ALL ON cart FROM ${shop.role.user}`);
    const report = await cleanUp(shop);
    expect(report).toMatchObject({ deleted: 0, overdue: 60, undeletable: [{ cause: 'Refused', count: 60 }] });
    expect(await left(shop)).toEqual({ stale: 60, live: 20 });
  });
});

test('a row that is referred to while clean-up goes over it stays', async () => {
  const shop = await makeShop(postgres, sessionsTable + fill(3000, 100) + referring('false'));
  let deletes = 0;
  const report = await cleanUp(shop, {
    wrap: (connection) =>
      wrapped(connection, async (text, send) => {
        if (isDelete(text) && ++deletes === 1)
          await shop.sql(`INSERT INTO cart VALUES ('stale-5'), ('stale-2500')`);
        return send();
      }),
  });
  expect(report).toMatchObject({ deleted: 2998, overdue: 2, undeletable: kept(2), complete: true });
});

test('a table that publishes deletes without a replica identity is refused with what to do', async () => {
  const published =
    'ALTER TABLE sessions REPLICA IDENTITY NOTHING; CREATE PUBLICATION feed FOR TABLE sessions;';
  const shop = await makeShop(postgres, sessionsTable + fill(100, 10) + published);
  await expect(cleanUp(shop)).rejects.toMatchObject({
    reason: 'ShapeMismatch',
    message: expect.stringMatching(/does not have a replica identity.*set REPLICA IDENTITY/),
  });
  expect(await left(shop)).toEqual({ stale: 100, live: 10 });
});
