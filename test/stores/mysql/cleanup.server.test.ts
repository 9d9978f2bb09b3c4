import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { MysqlConnection } from '../../../src/stores/mysql/connection.ts';
import type { CleanupProgress } from '../../../src/stores/session-store.ts';
import { flavours, startMysql, type TestMysql } from '../../servers/mysql.ts';
import { refusal } from '../refusal.ts';
import {
  cleanUp,
  fill,
  left,
  makeShop,
  openContext,
  owner,
  session3Table,
  sessionsTable,
  timeIndex,
} from './fixture.ts';

describe.each(flavours)('clean-up on %s', (flavour) => {
  let server: TestMysql;
  beforeAll(async () => {
    server = await startMysql(flavour);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.each([
    ['with an index', timeIndex],
    ['without an index', ''],
  ])('deletes what is stale and nothing else, %s', async (_, index) => {
    const shop = await makeShop(server, sessionsTable + index + fill(9000, 1000));
    const report = await cleanUp(shop, { pace: 'polite' });
    expect(report).toMatchObject({ deleted: 9000, overdue: 0, remaining: 1000, complete: true, notes: [] });
    expect(report.oldestStale).toBeUndefined();
    expect(await left(shop)).toEqual({ stale: 0, live: 1000 });
    expect(await cleanUp(shop)).toMatchObject({ deleted: 0, overdue: 0, remaining: 1000 });
  });

  test.each([
    ['with an index', timeIndex],
    ['without an index', ''],
  ])('deletes a few among many, %s', async (_, index) => {
    const shop = await makeShop(server, sessionsTable + index + fill(37, 5000));
    expect(await cleanUp(shop)).toMatchObject({ deleted: 37, overdue: 0, remaining: 5000, complete: true });
    expect(await left(shop)).toEqual({ stale: 0, live: 5000 });
  });

  test('progress comes to all sessions of a scan, and their number is that of the statistics', async () => {
    const shop = await makeShop(server, `${sessionsTable}${fill(12_000, 500)} ANALYZE TABLE sessions`);
    const reports: CleanupProgress[] = [];
    await cleanUp(shop, { onProgress: (progress) => reports.push(progress) });
    expect(reports.length).toBeGreaterThan(2);
    expect(reports.at(-1)).toMatchObject({ deleted: 12_000, seen: 12_500 });
    // Statistics of InnoDB are samples.
    expect(reports[1]?.of).toBeGreaterThan(6000);
  });

  test('deletes most of a table in order of the key, several statements to a transaction at full pace', async () => {
    const shop = await makeShop(
      server,
      `${sessionsTable}${timeIndex}${fill(25_000, 500)} ANALYZE TABLE sessions`,
    );
    const sent: string[] = [];
    const wrap = (connection: MysqlConnection) => {
      const change = connection.change.bind(connection);
      connection.change = (text, values) => {
        sent.push(text);
        return change(text, values);
      };
      return connection;
    };
    expect(await cleanUp(shop, { wrap })).toMatchObject({ deleted: 25_000, overdue: 0, remaining: 500 });
    const deletions = sent.filter((text) => text.startsWith('DELETE'));
    expect(deletions.filter((text) => !text.includes('FORCE INDEX (`PRIMARY`)'))).toEqual([]);
    expect(deletions.length).toBeGreaterThan(sent.filter((text) => text === 'COMMIT').length);
  });

  test('estimates the rows that are left where counting them takes too long', async () => {
    const shop = await makeShop(server, sessionsTable + timeIndex + fill(500, 1000));
    const wrap = (connection: MysqlConnection) => {
      const query = connection.query.bind(connection);
      connection.query = (text, values) => {
        const isLimited = /max_(execution|statement)_time/i.test(text);
        return query(
          isLimited ? `${text} AS a, sessions AS b, sessions AS c WHERE a.id < b.pickle` : text,
          values,
        );
      };
      return connection;
    };
    expect(await cleanUp(shop, { wrap })).toMatchObject({ deleted: 500, remainingIsEstimate: true });
  });

  test('a dry run counts what is stale, says how old it is, and deletes nothing', async () => {
    const shop = await makeShop(server, sessionsTable + timeIndex + fill(700, 300));
    const report = await cleanUp(shop, { dryRun: true });
    expect(report).toMatchObject({ deleted: 0, overdue: 700, remaining: 1000, dryRun: true });
    const age = (Date.now() - Date.parse(report.oldestStale ?? '')) / 86_400_000;
    expect(age).toBeGreaterThan(2);
    expect(age).toBeLessThan(2.1);
    expect(await left(shop)).toEqual({ stale: 700, live: 300 });
  });

  test.each([
    ['with an index', timeIndex],
    ['without an index', ''],
  ])('goes round rows that somebody holds, and leaves them for the next run, %s', async (_, index) => {
    const shop = await makeShop(server, sessionsTable + index + fill(2000, 100));
    const holder = await server.client({ database: shop.database });
    await holder.query(
      "BEGIN; SELECT * FROM sessions WHERE id IN ('stale-1', 'stale-1000', 'live-1') FOR UPDATE",
    );
    const report = await cleanUp(shop);
    expect(report).toMatchObject({ deleted: 1998, overdue: 2, complete: true });
    expect(report.notes).toEqual([expect.stringMatching(/locked when clean-up reached them/)]);
    await holder.end();
    expect(await cleanUp(shop)).toMatchObject({ deleted: 2, overdue: 0 });
  });

  test('keeps and counts sessions without a time', async () => {
    const shop = await makeShop(
      server,
      `${sessionsTable} ALTER TABLE sessions MODIFY modify_time timestamp NULL DEFAULT CURRENT_TIMESTAMP;
      ${fill(10, 10)} SET sql_mode = ''; INSERT INTO sessions VALUES ('live-a', 'x', NULL), ('live-b', 'x', 0);`,
    );
    expect(await cleanUp(shop)).toMatchObject({ deleted: 10, remaining: 12, unreadable: 2 });
    await shop.sql(timeIndex);
    expect(await cleanUp(shop)).toMatchObject({ deleted: 0, remaining: 12, unreadable: 2 });
    expect(await left(shop)).toEqual({ stale: 0, live: 12 });
  });

  test('the age of a session does not depend on the server’s zone', async () => {
    const shop = await makeShop(server, sessionsTable);
    await shop.sql(
      `SET time_zone = '-11:00'; INSERT INTO sessions VALUES ('live-1', 'x', NOW() - INTERVAL 50 MINUTE), ('stale-1', 'x', NOW() - INTERVAL 70 MINUTE)`,
    );
    await server.sql("SET GLOBAL time_zone = '+13:00'");
    try {
      expect(await cleanUp(shop, { ageSeconds: 3600 })).toMatchObject({ deleted: 1, remaining: 1 });
    } finally {
      await server.sql("SET GLOBAL time_zone = 'SYSTEM'");
    }
    expect(await left(shop)).toEqual({ stale: 0, live: 1 });
  });

  test.each([
    ['in slices', ''],
    ['in batches', timeIndex],
  ])('%s, whatever a session begins with on the server, what is deleted stays so', async (_, index) => {
    const shop = await makeShop(server, sessionsTable + index + fill(3000, 100));
    const defaults = ['autocommit = 0', 'sql_safe_updates = 1', 'sql_select_limit = 2', 'max_join_size = 2'];
    for (const value of defaults) await server.sql(`SET GLOBAL ${value}`);
    try {
      expect(await cleanUp(shop)).toMatchObject({ deleted: 3000, remaining: 100, complete: true });
    } finally {
      for (const value of defaults) await server.sql(`SET GLOBAL ${value.replace(/=.*/, '= DEFAULT')}`);
    }
    expect(await left(shop)).toEqual({ stale: 0, live: 100 });
  });

  test('a replica is left alone, even by an account that could write to it; a dry run may look', async () => {
    const shop = await makeShop(server, sessionsTable + fill(30, 10));
    const folder = await server.connectionFolder(server.superuser, shop.database);
    await server.sql('SET GLOBAL read_only = ON');
    try {
      await refusal('ReadOnly', /primary/)(cleanUp(shop, { folder }));
      expect(await cleanUp(shop, { folder, dryRun: true })).toMatchObject({ deleted: 0, overdue: 30 });
    } finally {
      await server.sql('SET GLOBAL read_only = OFF');
    }
    expect(await left(shop)).toEqual({ stale: 30, live: 10 });
  });

  test('new log-ins do not wait while a batch is open', async () => {
    const shop = await makeShop(server, sessionsTable + timeIndex + fill(3000, 0));
    const visitor = await server.client({ database: shop.database });
    await visitor.query('SET SESSION innodb_lock_wait_timeout = 1');
    let logins = 0;
    await using context = await openContext(shop);
    const change = context.connection.change.bind(context.connection);
    context.connection.change = async (text, values) => {
      const count = await change(text, values);
      if (text.startsWith('DELETE')) {
        await visitor.query(`INSERT INTO sessions (id, pickle) VALUES ('live-${logins}', 'x')`);
        logins += 1;
      }
      return count;
    };
    const { deleteOldSessions } = await import('../../../src/stores/mysql/cleanup.ts');
    expect(await deleteOldSessions(context, { ageSeconds: 86_400, pace: 'full' })).toMatchObject({
      deleted: 3000,
    });
    await visitor.end();
    expect(logins).toBeGreaterThan(1);
    expect(await left(shop)).toEqual({ stale: 0, live: logins });
  });

  test('a run that is told to stop says what it did and what is left', async () => {
    const shop = await makeShop(server, sessionsTable + fill(9000, 100));
    const stop = new AbortController();
    await using context = await openContext(shop);
    const change = context.connection.change.bind(context.connection);
    context.connection.change = async (text, values) => {
      if (text.startsWith('DELETE')) stop.abort();
      return change(text, values);
    };
    const { deleteOldSessions } = await import('../../../src/stores/mysql/cleanup.ts');
    // However slow the machine is, there is time to count the rest.
    using _ = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(new AbortController().signal);
    const report = await deleteOldSessions(context, { ageSeconds: 86_400, signal: stop.signal });
    expect(report.complete).toBe(false);
    expect(report.deleted).toBeGreaterThan(0);
    const { stale } = await left(shop);
    expect(stale + report.deleted).toBe(9000);
    expect(report).toMatchObject({ overdue: stale, remaining: stale + 100 });
  });

  test('refuses before it deletes: no table, another’s mark, a table that does not fit', async () => {
    const shop = await makeShop(server);
    await refusal('StoreMissing', /sessions; it does not exist/)(cleanUp(shop));
    await shop.sql(session3Table() + fill(10, 0));
    await refusal(
      'ShapeMismatch',
      /modify_time does not default to CURRENT_TIMESTAMP/,
      /setup.migrate/,
    )(cleanUp(shop));
    await shop.sql('DROP TABLE sessions');
    await shop.setUp();
    await shop.sql(fill(10, 0));
    await refusal(
      'Conflict',
      /belongs to SessionStore shop\/web/,
    )(cleanUp(shop, { owner: { ...owner, name: 'other' } }));
    expect(await left(shop)).toEqual({ stale: 10, live: 0 });
    expect(await cleanUp(shop, { owner })).toMatchObject({ deleted: 10 });
  });

  test('a table without a mark is cleaned only where set-up could put none', async () => {
    const shop = await makeShop(server, sessionsTable + fill(10, 10));
    for (const marked of [undefined, true]) {
      const options = { owner, ...(marked !== undefined && { marked }) };
      await refusal('StoreMissing', /mark of this SessionStore/, /set-up has to run/)(cleanUp(shop, options));
    }
    expect(await left(shop)).toEqual({ stale: 10, live: 10 });
    expect(await cleanUp(shop, { owner, marked: false })).toMatchObject({ deleted: 10, remaining: 10 });
  });
});

test.each(flavours)('%s: a binary log of statements is refused with a sentence', async (flavour) => {
  await using server = await startMysql(flavour, {
    settings: { 'binlog-format': 'STATEMENT', 'log-bin': 'binlog', 'server-id': '1' },
  });
  const shop = await makeShop(server, sessionsTable + fill(10, 0));
  await refusal('UnsupportedServer', /binlog_format/, /SET GLOBAL binlog_format = ROW/)(cleanUp(shop));
  expect(await left(shop)).toEqual({ stale: 10, live: 0 });
});
