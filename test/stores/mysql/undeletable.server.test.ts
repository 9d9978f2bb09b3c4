import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flavours, type TestMysql } from '../../servers/mysql.ts';
import { sharedMysql } from '../../servers/shared.ts';
import { cleanUp, fill, left, makeShop, type Shop, sessionsTable, timeIndex } from './fixture.ts';

/** Orders that refer to sessions without a rule: those sessions cannot be deleted. */
const orders = (where: string) => `
  CREATE TABLE orders (session varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    CONSTRAINT of_session FOREIGN KEY (session) REFERENCES sessions (id)) ENGINE = InnoDB;
  INSERT INTO orders SELECT id FROM sessions WHERE ${where};`;
/** One second for all that is stale, as an import or a migration leaves it. */
const oneSecond =
  "UPDATE sessions SET modify_time = UTC_TIMESTAMP() - INTERVAL 3 DAY WHERE id LIKE 'stale%';";

describe.each(flavours)('sessions that cannot be deleted, on %s', (flavour) => {
  let server: TestMysql;
  beforeAll(async () => {
    server = await sharedMysql(flavour);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** Of an account that does not see triggers. */
  async function cleaner(shop: Shop): Promise<string> {
    const role = await server.createRole(`cleaner_of_${shop.database}`);
    await shop.sql(`GRANT SELECT, DELETE ON sessions TO ${role.user}@'%'`);
    return server.connectionFolder(role, shop.database);
  }

  describe.each([
    ['in slices', ''],
    ['in batches', timeIndex],
  ])('%s', (_, index) => {
    test('one session that a foreign key refers to is left and counted, and all others go', async () => {
      const shop = await makeShop(
        server,
        sessionsTable + index + fill(4000, 100) + orders("id = 'stale-1234'"),
      );
      expect((await shop.setUp()).notes).toContainEqual(expect.stringMatching(/of_session of orders keeps/));
      for (const deleted of [3999, 0]) {
        expect(await cleanUp(shop)).toMatchObject({
          deleted,
          overdue: 1,
          remaining: 101,
          complete: true,
          notes: [],
          undeletable: [{ cause: 'Referenced', count: 1 }],
        });
      }
      await shop.sql('DELETE FROM orders');
      const report = await cleanUp(shop);
      expect(report).toMatchObject({ deleted: 1, overdue: 0 });
      expect(report.undeletable).toBeUndefined();
    });

    test.each([
      ['of many times', ''],
      ['of one second', oneSecond],
    ])('thousands of them, %s, are passed over', async (_, times) => {
      const where = "id LIKE 'stale%' AND CRC32(id) % 4 > 0";
      const shop = await makeShop(server, sessionsTable + index + fill(6000, 100) + times + orders(where));
      const [row] = await shop.sql<{ count: number }>('SELECT COUNT(*) AS count FROM orders');
      const count = Number(row?.count);
      expect(count).toBeGreaterThan(4000);
      expect(await cleanUp(shop)).toMatchObject({
        deleted: 6000 - count,
        overdue: count,
        complete: true,
        notes: [],
        undeletable: [{ cause: 'Referenced', count }],
      });
      expect(await left(shop)).toEqual({ stale: count, live: 100 });
    });

    // In MariaDB an account that may delete sees the triggers, and a table with one is refused.
    test.runIf(flavour === 'mysql')(
      'those that a trigger refuses, or fails on, are counted beside those',
      async () => {
        const shop = await makeShop(
          server,
          `${sessionsTable}${index}${fill(2000, 100)}${orders("id LIKE 'stale-3_'")}
        CREATE TRIGGER kept BEFORE DELETE ON sessions FOR EACH ROW
          IF OLD.id LIKE 'stale-4_' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no';
          ELSEIF OLD.id = 'stale-7' THEN INSERT INTO nowhere VALUES (1); END IF`,
        );
        const report = await cleanUp(shop, { folder: await cleaner(shop) });
        expect(report).toMatchObject({ deleted: 2000 - 21, overdue: 21, complete: true, notes: [] });
        expect(report.undeletable?.toSorted((a, b) => a.count - b.count)).toEqual([
          { cause: 'Referenced', count: 10 },
          { cause: 'Refused', count: 11 },
        ]);
      },
    );

    test('locked rows do not count as undeletable', async () => {
      const shop = await makeShop(
        server,
        sessionsTable + index + fill(2000, 100) + orders("id = 'stale-1234'"),
      );
      const holder = await server.client({ database: shop.database });
      await holder.query("BEGIN; SELECT * FROM sessions WHERE id IN ('stale-1', 'stale-1000') FOR UPDATE");
      const report = await cleanUp(shop);
      await holder.end();
      expect(report).toMatchObject({
        deleted: 1997,
        overdue: 3,
        complete: true,
        undeletable: [{ cause: 'Referenced', count: 1 }],
        notes: [expect.stringMatching(/locked when clean-up reached them/)],
      });
    });
  });
});
