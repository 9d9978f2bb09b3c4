import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { cleanupReportSchema } from '../../../src/api/runner-result.ts';
import { deleteOldSessions } from '../../../src/stores/postgres/cleanup.ts';
import type { CleanupProgress } from '../../../src/stores/session-store.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { sharedPostgres } from '../../servers/shared.ts';
import { refusal } from '../refusal.ts';
import {
  cleanUp,
  fill,
  isDelete,
  left,
  openContext,
  sessionsTable,
  type TaskOptions,
  timeIndex,
  wrapped,
} from './cleanup-fixture.ts';
import { makeShop } from './fixture.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await sharedPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const modes = [
  ['in slices', sessionsTable],
  ['in batches', sessionsTable + timeIndex],
] as const;

describe.each(modes)('%s', (mode, table) => {
  test.each([
    ['few', 30, 3000],
    ['many', 20_000, 2000],
    ['none', 0, 100],
    ['all', 100, 0],
    ['nothing', 0, 0],
  ])('%s of the sessions are deleted, and the report says what is left', async (_what, stale, live) => {
    const shop = await makeShop(postgres, table + fill(stale, live));
    const report = await cleanUp(shop);
    expect(cleanupReportSchema.parse(report)).toEqual({
      ...{ deleted: stale, overdue: 0, remaining: live, complete: true, dryRun: false, notes: [] },
      connection: { server: expect.stringMatching(/^PostgreSQL \d+/), tls: 'off' },
    });
    expect(await left(shop)).toEqual({ stale: 0, live });
    expect(await cleanUp(shop)).toMatchObject({ deleted: 0, remaining: live });
  });

  test('progress ends at the number of sessions that statistics gave, where all were looked at', async () => {
    const shop = await makeShop(postgres, `${table}${fill(12_000, 500)} ANALYZE sessions;`);
    const reports: CleanupProgress[] = [];
    await cleanUp(shop, { onProgress: (progress) => reports.push(progress) });
    expect(reports.length).toBeGreaterThan(2);
    expect(reports.at(-1)).toEqual({ deleted: 12_000, seen: 12_500, of: 12_500 });
    // A search by an index does not look at live sessions.
    expect(reports[0]).toEqual({ deleted: 0, seen: 0, ...(mode === 'in slices' && { of: 12_500 }) });
  });

  test('a dry run counts, names the oldest and deletes nothing', async () => {
    const shop = await makeShop(postgres, table + fill(12_000, 50));
    const report = await cleanUp(shop, { dryRun: true });
    expect(report).toMatchObject({
      ...{ deleted: 0, overdue: 12_000, remaining: 12_050, complete: true, dryRun: true },
    });
    const [oldest] = await shop.sql<{ at: Date }>('SELECT min(modify_time) AS at FROM sessions');
    expect(report.oldestStale).toBe(oldest?.at.toISOString());
    expect(await left(shop)).toEqual({ stale: 12_000, live: 50 });
  });

  test('a session exactly as old as it may be is kept', async () => {
    const shop = await makeShop(postgres, table);
    await shop.sql(`INSERT INTO sessions VALUES ('live-1', '', now()), ('stale-1', '', now()),
      ('live-2', '', 'infinity'), ('stale-2', '', '-infinity')`);
    let limit: unknown;
    /** Once the run has read its limit, the one session is exactly that old, and the other a microsecond older. */
    const wrap: TaskOptions['wrap'] = (connection) =>
      wrapped(connection, async (text, send) => {
        const result = await send();
        if (limit !== undefined || !text.includes('make_interval')) return result;
        limit = result.rows[0]?.['instant'];
        await shop.sql(`UPDATE sessions SET modify_time = '${limit}' WHERE id = 'live-1';
          UPDATE sessions SET modify_time = timestamptz '${limit}' - interval '1 microsecond' WHERE id = 'stale-1'`);
        return result;
      });
    expect(await cleanUp(shop, { wrap })).toMatchObject({ deleted: 2, remaining: 2 });
    expect(limit).toEqual(expect.any(String));
    expect(await left(shop)).toEqual({ stale: 0, live: 2 });
  });

  test('a session that somebody has locked is left, counted, and deleted by a later run', async () => {
    const shop = await makeShop(postgres, table + fill(500, 20));
    const application = await postgres.client({ database: shop.database, role: shop.role });
    await application.query(`BEGIN; SELECT FROM sessions WHERE id IN ('stale-7', 'stale-70') FOR UPDATE`);
    const report = await cleanUp(shop);
    expect(report).toMatchObject({ deleted: 498, overdue: 2, remaining: 22, complete: true });
    expect(report.oldestStale).toBeDefined();
    expect(report.notes).toEqual([expect.stringMatching(/locked when clean-up reached them/)]);
    await application.query('COMMIT');
    await application.end();
    expect(await cleanUp(shop)).toMatchObject({ deleted: 2, overdue: 0, remaining: 20 });
  });

  test('many sessions of one and the same time are deleted', async () => {
    const shop = await makeShop(postgres, table);
    await shop.sql(`INSERT INTO sessions
      SELECT 'stale-' || n, '', now() - interval '2 days' FROM generate_series(1, 5000) n`);
    expect(await cleanUp(shop)).toMatchObject({ deleted: 5000, remaining: 0 });
  });

  test('a time that is NULL is kept, and counted', async () => {
    const shop = await makeShop(postgres, table + fill(100, 10));
    await shop.sql(`ALTER TABLE sessions ALTER modify_time DROP NOT NULL;
      UPDATE sessions SET modify_time = NULL WHERE id IN ('live-1', 'live-2', 'live-3')`);
    await using context = await openContext(shop);
    const columns = context.layout.columns.map((column) => ({ ...column, notNull: false }));
    const report = await deleteOldSessions(
      { ...context, layout: { ...context.layout, columns } },
      { ageSeconds: 86_400 },
    );
    expect(report).toMatchObject({ deleted: 100, unreadable: 3, remaining: 10, overdue: 0 });
  });

  test('a signal stops it between two statements; what it did and what is left is reported', async () => {
    const shop = await makeShop(postgres, table + fill(30_000, 100));
    const stop = new AbortController();
    let deletes = 0;
    // However slow the machine is, there is time to count the rest.
    using _ = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(new AbortController().signal);
    const report = await cleanUp(shop, {
      signal: stop.signal,
      wrap: (connection) =>
        wrapped(connection, async (text, send) => {
          if (isDelete(text) && ++deletes === 2) stop.abort();
          return send();
        }),
    });
    const counted =
      mode === 'in slices' ? { overdue: 30_000 - report.deleted } : { overdue: 10_000, overdueAtLeast: true };
    expect(report).toMatchObject({ complete: false, notes: [], ...counted });
    expect(report.deleted).toBeGreaterThan(0);
    expect(report.deleted).toBeLessThan(30_000);
    expect(report.remaining).toBe(30_100 - report.deleted);
    expect(report.oldestStale).toBeDefined();
    expect(await left(shop)).toEqual({ stale: 30_000 - report.deleted, live: 100 });
    expect(deletes).toBe(2);
  });

  test('a batch that fails in a way that may pass is taken again', async () => {
    const shop = await makeShop(postgres, table + fill(3000, 10));
    const holder = await postgres.client({ database: shop.database });
    let deletes = 0;
    const report = await cleanUp(shop, {
      wrap: (connection) =>
        wrapped(connection, async (text, send) => {
          if (!isDelete(text) || ++deletes > 1) return send();
          // Another session alters the table for longer than a run's statement waits.
          await holder.query('BEGIN; LOCK TABLE sessions');
          return send().finally(() => holder.query('COMMIT'));
        }),
    });
    await holder.end();
    expect(report).toMatchObject({ deleted: 3000, remaining: 10, complete: true });
    expect(deletes).toBeGreaterThan(2);
  });

  test('two runs at once delete everything between them', async () => {
    const shop = await makeShop(postgres, table + fill(20_000, 1000));
    const reports = await Promise.all([cleanUp(shop), cleanUp(shop)]);
    expect(reports[0].deleted + reports[1].deleted).toBe(20_000);
    expect(await left(shop)).toEqual({ stale: 0, live: 1000 });
  });

  test('every DELETE is made in the way that is right here', async () => {
    const shop = await makeShop(postgres, table + fill(20, 3000));
    const texts: string[] = [];
    await cleanUp(shop, {
      wrap: (connection) =>
        wrapped(connection, (text, send) => {
          if (isDelete(text)) texts.push(text);
          return send();
        }),
    });
    expect(texts.length).toBeGreaterThan(0);
    const expected = mode === 'in slices' ? 'ctid >= $1::tid' : 'ORDER BY "modify_time" LIMIT $2';
    for (const text of texts) expect(text).toContain(expected);
  });
});

test('an index that does not cover every row, or is not valid, is not used', async () => {
  const shop = await makeShop(
    postgres,
    `${sessionsTable} ${fill(20, 3000)}
    CREATE INDEX partial ON sessions (modify_time) WHERE id > 'm';
    CREATE INDEX second ON sessions (id, modify_time);
    CREATE INDEX expression ON sessions (((modify_time AT TIME ZONE 'UTC') + interval '1 day'));`,
  );
  let batches = 0;
  const report = await cleanUp(shop, {
    wrap: (connection) =>
      wrapped(connection, (text, send) => {
        if (text.includes('LIMIT $2')) batches += 1;
        return send();
      }),
  });
  expect(report).toMatchObject({ deleted: 20, remaining: 3000 });
  expect(batches).toBe(0);
});

test('names that need quoting are quoted', async () => {
  const [schema, table] = ['Sh"op', "ses'si;on--"];
  const quoted = `"Sh""op"."${table}"`;
  const setUpSql = `CREATE SCHEMA "Sh""op"; ${sessionsTable.replace('sessions', quoted)}`;
  const shop = await makeShop(postgres, setUpSql + fill(50, 20, quoted));
  expect(await cleanUp(shop, { schema, table })).toMatchObject({ deleted: 50, remaining: 20 });
});

describe('a partitioned table', () => {
  const partitioned = (index: string) => `
    CREATE TABLE sessions (id text NOT NULL, pickle bytea NOT NULL, modify_time timestamptz NOT NULL)
      PARTITION BY LIST (left(id, 4));
    CREATE TABLE dead PARTITION OF sessions FOR VALUES IN ('stal');
    CREATE TABLE alive PARTITION OF sessions FOR VALUES IN ('live') PARTITION BY HASH (id);
    CREATE TABLE alive_0 PARTITION OF alive FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE alive_1 PARTITION OF alive FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    ${index}`;

  test.each([
    ['in slices', ''],
    ['in batches', timeIndex],
  ])('%s: of 1,000 dead in one partition and 1,000 live in others, the dead go', async (_mode, index) => {
    const shop = await makeShop(postgres, partitioned(index) + fill(1000, 1000));
    expect(await cleanUp(shop)).toMatchObject({ deleted: 1000, overdue: 0, remaining: 1000 });
    expect(await left(shop)).toEqual({ stale: 0, live: 1000 });
  });
});

test.each([
  ['from the beginning', () => true],
  ['from the first DELETE on', isDelete],
])('a table that somebody holds for good %s is a LockTimeout in the end', async (_when, isMoment) => {
  const shop = await makeShop(postgres, sessionsTable + fill(10, 10));
  const holder = await postgres.client({ database: shop.database });
  const wrap: TaskOptions['wrap'] = (connection) =>
    wrapped(connection, async (text, send) => {
      if (isMoment(text)) await holder.query('BEGIN; LOCK TABLE sessions');
      return send();
    });
  try {
    await refusal('LockTimeout', /lock timeout/)(cleanUp(shop, { wrap }));
  } finally {
    await holder.end();
  }
});
