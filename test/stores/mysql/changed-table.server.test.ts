import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MysqlConnection, Value } from '../../../src/stores/mysql/connection.ts';
import { flavours, startMysql, type TestMysql } from '../../servers/mysql.ts';
import { refusal } from '../refusal.ts';
import {
  cleanUp,
  fill,
  interrupted,
  left,
  makeShop,
  type Shop,
  sessionsTable,
  timeIndex,
} from './fixture.ts';

const carts = `CREATE TABLE carts (session varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) ENGINE = InnoDB;
  INSERT INTO carts SELECT id FROM sessions WHERE id LIKE 'stale%';`;
const refer = (action: string) =>
  `SET foreign_key_checks = 0; ALTER TABLE carts ADD FOREIGN KEY (session) REFERENCES sessions (id) ON DELETE ${action}`;
const exchange = 'RENAME TABLE sessions TO away, other TO sessions';
const trigger = 'CREATE TRIGGER kept BEFORE DELETE ON sessions FOR EACH ROW SET @gone = OLD.id';

/** Preparation, the change between a run's transactions, and words of the message that ends the run. */
const changes: readonly (readonly [title: string, before: string, sql: string, words: RegExp])[] = [
  ['a naive time', '', 'ALTER TABLE sessions MODIFY modify_time DATETIME', /columns/],
  ['another default', '', "ALTER TABLE sessions ALTER modify_time SET DEFAULT '2001-01-01'", /columns/],
  ['another mark', '', "ALTER TABLE sessions COMMENT = 'sessionstore.dev/mark/v1 of another'", /comment/],
  ['a twin in its place', 'DO SLEEP(1.1); CREATE TABLE other LIKE sessions;', exchange, /replaced/],
  ['dropped without a replacement', '', 'RENAME TABLE sessions TO away', /gone/],
  [
    'a view in its place',
    '',
    'RENAME TABLE sessions TO away; CREATE VIEW sessions AS SELECT * FROM away',
    /engine/,
  ],
  ['an index that went', 'DO SLEEP(1.1);', 'ALTER TABLE sessions DROP PRIMARY KEY', /altered/],
  ['a trigger', '', trigger, /trigger kept/],
  ['a foreign key that cascades', carts, refer('CASCADE'), /foreign key .* of carts/],
  ['a foreign key that sets to null', carts, refer('SET NULL'), /foreign key .* of carts/],
];

describe.each(flavours)('a table that changes during a run, on %s', (flavour) => {
  let server: TestMysql;
  beforeAll(async () => {
    server = await startMysql(flavour);
    // A naive time of now looks like one of five hours ago.
    await server.sql("SET GLOBAL time_zone = '-05:00'");
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const alter = ({ database }: Shop, sql: string) => server.sql(sql, { database });
  const ageSeconds = 2 * 3600;

  test.each(changes)(
    '%s ends the run with a sentence, and no more is deleted',
    async (_, before, sql, words) => {
      for (const index of ['', timeIndex]) {
        const shop = await makeShop(server, sessionsTable + index + fill(1500, 200) + before);
        const { wrap, deletions } = interrupted({ after: 2, by: () => alter(shop, sql) });
        await refusal('StoreChanged', words, /sessions/)(cleanUp(shop, { ageSeconds, wrap }));
        expect(deletions).toMatchObject({ committed: 2, failure: undefined });
        const place = sql.includes('TO away') ? 'away' : 'sessions';
        expect(await left(shop, place)).toEqual({ stale: 1500 - deletions.rows, live: 200 });
      }
    },
  );

  /** True if the statement has finished; false if it waits for the table. */
  async function isSettled(statement: string, ended: () => boolean): Promise<void> {
    const waiting =
      "SELECT 1 FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for%' AND INFO LIKE ?";
    const client = await server.client();
    while (!ended()) {
      const [rows] = await client.query<never[]>(waiting, [`%${statement.slice(-30)}`]);
      if (rows.length > 0) break;
      await delay(10);
    }
    await client.end();
  }

  test.each([
    ['a naive time', 'ALTER TABLE sessions MODIFY modify_time DATETIME'],
    ['a trigger', trigger],
    ['a foreign key that cascades', refer('CASCADE')],
  ])('%s that comes just after the proof deletes nothing, either', async (_, sql) => {
    for (const index of ['', timeIndex]) {
      const shop = await makeShop(server, sessionsTable + index + fill(1500, 200) + carts);
      let altered: Promise<unknown> | undefined;
      const wrap = (connection: MysqlConnection) => {
        const query = connection.query.bind(connection);
        let proofs = 0;
        connection.query = async <Row extends object>(text: string, values?: readonly Value[]) => {
          const rows = await query<Row>(text, values);
          if (!/CREATE_TIME|stmt_reprepare/.test(text) || ++proofs !== 4) return rows;
          let isOver = false;
          altered = alter(shop, sql).finally(() => {
            isOver = true;
          });
          await isSettled(sql, () => isOver);
          return rows;
        };
        return connection;
      };
      await refusal('StoreChanged')(cleanUp(shop, { ageSeconds, wrap }));
      await altered;
      expect(await left(shop)).toMatchObject({ live: 200 });
      const [row] = await shop.sql<{ count: number }>('SELECT COUNT(*) AS count FROM carts');
      expect(Number(row?.count)).toBe(1500);
    }
  });

  test('a foreign key that does not reach other rows does not end the run', async () => {
    const shop = await makeShop(server, sessionsTable + timeIndex + fill(1500, 200) + carts);
    await shop.sql(`DELETE FROM carts WHERE session <> 'stale-7';
      UPDATE sessions SET modify_time = UTC_TIMESTAMP() - INTERVAL 30 HOUR WHERE id = 'stale-7'`);
    const { wrap } = interrupted({ after: 1, by: () => alter(shop, refer('NO ACTION')) });
    expect(await cleanUp(shop, { wrap })).toMatchObject({ deleted: 1499, overdue: 1, complete: true });
  });

  test('a table that is emptied has no rows in the figures', async () => {
    for (const index of ['', timeIndex]) {
      const shop = await makeShop(server, sessionsTable + index + fill(1500, 1500));
      const { wrap, deletions } = interrupted({ after: 2, by: () => alter(shop, 'TRUNCATE sessions') });
      const report = await cleanUp(shop, { wrap });
      expect(report).toMatchObject({ deleted: deletions.rows, overdue: 0, remaining: 0 });
    }
  });

  test('a partition that is dropped is passed over, and figures that may be void say so', async () => {
    const partitions = `ALTER TABLE sessions PARTITION BY RANGE COLUMNS (id)
      (PARTITION live VALUES LESS THAN ('m'), PARTITION stale VALUES LESS THAN (MAXVALUE)); DO SLEEP(1.1);`;
    const shop = await makeShop(server, sessionsTable + fill(1500, 200) + partitions);
    const drop = 'ALTER TABLE sessions DROP PARTITION live';
    const { wrap } = interrupted({ after: 2, by: () => alter(shop, drop) });
    const report = await cleanUp(shop, { wrap });
    expect(report).toMatchObject({ deleted: 1500, overdue: 0, remaining: 0, complete: false });
    expect(report.notes).toEqual([expect.stringMatching(/partitions/)]);
  });
});
