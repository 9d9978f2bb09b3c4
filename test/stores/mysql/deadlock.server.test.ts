import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deleteSession, loadSession, saveSession } from '../../../src/stores/mysql/sessions.ts';
import { flavours, type TestMysql } from '../../servers/mysql.ts';
import { sharedMysql } from '../../servers/shared.ts';
import { makeShop, openContext, sessionsTable } from './fixture.ts';

/** Each change of session `a` also counts, after it has locked the session. */
const counted = `
  CREATE TABLE counts (n int NOT NULL PRIMARY KEY, changes int NOT NULL);
  INSERT INTO counts VALUES (1, 0);
  INSERT INTO sessions (id, pickle) VALUES ('a', 'before');
  CREATE TRIGGER saved AFTER INSERT ON sessions FOR EACH ROW UPDATE counts SET changes = changes + 1;
  CREATE TRIGGER gone AFTER DELETE ON sessions FOR EACH ROW UPDATE counts SET changes = changes + 1;
  CREATE TABLE weight (n int)`;

describe.each(flavours)('a session of %s that a deadlock rolls back', (flavour) => {
  let server: TestMysql;
  beforeAll(async () => {
    server = await sharedMysql(flavour);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.each(['saved', 'deleted'])('is %s in another try', async (what) => {
    const shop = await makeShop(server, sessionsTable + counted);
    await using context = await openContext(shop);
    const other = await server.client({ database: shop.database });
    // The server rolls back the transaction that has changed fewer rows.
    const weight = `INSERT INTO weight VALUES ${Array.from({ length: 200 }, (_, n) => `(${n})`).join(', ')}`;
    await other.query(`BEGIN; ${weight}; UPDATE counts SET changes = changes + 1`);
    const deadlocks = async () => {
      const [row] = await server.sql<{ n: number }>(
        "SELECT COUNT AS n FROM information_schema.INNODB_METRICS WHERE NAME = 'lock_deadlocks'",
      );
      return Number(row?.n);
    };
    const before = await deadlocks();
    const writing =
      what === 'saved' ? saveSession(context, 'a', Buffer.from('after')) : deleteSession(context, 'a');
    const waiting = `SELECT 1 FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE '%counts%'`;
    await expect.poll(() => server.sql(waiting), { timeout: 60_000 }).toHaveLength(1);
    await other.query("UPDATE sessions SET pickle = 'other' WHERE id = 'a'");
    await other.query('COMMIT');
    await other.end();
    await writing;
    expect(await deadlocks()).toBeGreaterThan(before);
    const bytes = await loadSession(context, 'a');
    expect(bytes && String(Buffer.from(bytes))).toBe(what === 'saved' ? 'after' : undefined);
  });
});
