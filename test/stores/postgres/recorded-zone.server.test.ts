import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestPostgres } from '../../servers/postgres.ts';
import { runRunner } from '../../servers/runner.ts';
import { sharedPostgres, unique } from '../../servers/shared.ts';
import { refusal } from '../refusal.ts';
import { cleanUp } from './cleanup-fixture.ts';
import { connectPgSimpleTable, inputFor, makeShop, markedAs, owner, type Shop } from './fixture.ts';

const layout = 'connect-pg-simple';
const zone = 'America/New_York';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await sharedPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

/** Live ones are good for three more hours, stale ones ended an hour ago: naive times of the zone. */
const sessions = (inZone: string, live: number, stale: number) => `
  INSERT INTO session SELECT kind || n, '{}', (now() + hours * interval '1 hour') AT TIME ZONE '${inZone}'
    FROM (SELECT 'live-' AS kind, n, 3 AS hours FROM generate_series(1, ${live}) n
          UNION ALL SELECT 'stale-', n, -1 FROM generate_series(1, ${stale}) n) AS rows;`;

/** A shop with the zone in its role, set up with these sessions; `recorded` is what set-up reports of the zone. */
async function shopIn(inZone: string, index = '') {
  const shop = await makeShop(postgres, connectPgSimpleTable() + index);
  await shop.sql(`ALTER ROLE ${shop.role.user} SET TimeZone = '${inZone}'; ${sessions(inZone, 1000, 500)}`);
  const { timeZone } = await shop.setUp();
  return { shop, recorded: timeZone?.name ?? 'none' };
}

/** The second role of the docs, with exactly the documented grants; its own zone is the server's, UTC. */
async function cleanerOf(shop: Shop): Promise<string> {
  const cleaner = await postgres.createRole(unique('cleaner'));
  await shop.sql(`GRANT USAGE ON SCHEMA public TO ${cleaner.user};
    GRANT SELECT, DELETE, UPDATE (expire) ON session TO ${cleaner.user};`);
  return postgres.connectionFolder(cleaner, shop.database);
}

const leftIn = async (shop: Shop) =>
  (
    await shop.sql<{ live: number; stale: number }>(`
    SELECT count(*) FILTER (WHERE sid LIKE 'live%')::int AS live, count(*) FILTER (WHERE sid LIKE 'stale%')::int AS stale
      FROM session`)
  )[0];

const options = { layout, owner, ageSeconds: 300 };

describe.each([
  ['in slices', ''],
  ['in batches', 'CREATE INDEX ON session (expire);'],
])('a clean-up with a role of its own, %s', (_mode, index) => {
  test('reads times in the zone that set-up recorded, and loses no live session', async () => {
    const { shop, recorded } = await shopIn(zone, index);
    expect(recorded).toBe(zone);
    const folder = await cleanerOf(shop);
    const own = { ...options, folder, hasOwnConnection: true };
    const report = await cleanUp(shop, { ...own, recordedTimeZone: recorded });
    expect(report).toMatchObject({ deleted: 500, overdue: 0, notes: [] });
    expect(report.timeZone).toEqual({ name: zone, source: 'Connection' });
    expect(await leftIn(shop)).toEqual({ live: 1000, stale: 0 });
  });
});

test('the runner itself hands the recorded zone on, and asks for one where it has none', async () => {
  const { shop, recorded } = await shopIn(zone);
  const connection = await cleanerOf(shop);
  const own = inputFor({ cleanup: { connection: { secretName: 'shop-cleaner' } } });
  const refused = await runRunner({ command: 'delete-old', input: own, connection });
  expect(refused.result?.failure?.reason).toBe('InvalidInput');
  const input = { ...own, recordedTimeZone: recorded };
  const { result } = await runRunner({ command: 'delete-old', input, connection });
  expect(result?.cleanup).toMatchObject({ deleted: 500, remaining: 1000 });
});

test('a clean-up with a role of its own and no recorded zone asks for one, and goes by the spec’s', async () => {
  const { shop } = await shopIn(zone);
  const own = { ...options, folder: await cleanerOf(shop), hasOwnConnection: true };
  await refusal(
    'InvalidInput',
    /run set-up again, or set layoutOptions.timeZone.*SHOW TimeZone/,
  )(cleanUp(shop, own));
  expect(await leftIn(shop)).toEqual({ live: 1000, stale: 500 });
  const report = await cleanUp(shop, { ...own, timeZone: zone, recordedTimeZone: 'UTC' });
  expect(report).toMatchObject({ deleted: 500, timeZone: { name: zone, source: 'Spec' } });
});

test('a clean-up with a role of its own knows of a zone that the application’s role has got since', async () => {
  const shop = await makeShop(postgres, connectPgSimpleTable());
  const { timeZone } = await shop.setUp();
  await shop.sql(`ALTER ROLE ${shop.role.user} SET TimeZone = '${zone}'; ${sessions(zone, 1000, 500)}`);
  const own = { ...options, folder: await cleanerOf(shop), hasOwnConnection: true };
  const report = await cleanUp(shop, { ...own, recordedTimeZone: timeZone?.name ?? 'none' });
  expect(report).toMatchObject({ deleted: 500, notes: [expect.stringContaining(`Etc/UTC or ${zone}`)] });
  expect(await leftIn(shop)).toEqual({ live: 1000, stale: 0 });
});

test('a column of instants needs no zone', async () => {
  const shop = await makeShop(
    postgres,
    connectPgSimpleTable().replace('timestamp(6)', 'timestamptz(6)') + markedAs('adopted'),
  );
  await shop.sql(
    `INSERT INTO session VALUES ('live-1', '{}', now() + '1 hour'), ('stale-1', '{}', now() - interval '1 hour')`,
  );
  const own = { ...options, folder: await cleanerOf(shop), hasOwnConnection: true };
  expect(await cleanUp(shop, own)).toMatchObject({ deleted: 1, remaining: 1 });
});

test.each([
  ['west', 'Asia/Tokyo', 'America/New_York'],
  ['east', 'America/New_York', 'Asia/Tokyo'],
])(
  'a role whose zone has moved %s since set-up: sessions of before and after survive',
  async (_way, was, is) => {
    const { shop, recorded } = await shopIn(was);
    await shop.sql(`UPDATE session SET sid = 'old-' || sid; ALTER ROLE ${shop.role.user} SET TimeZone = '${is}';
    ${sessions(is, 1000, 500)}
    UPDATE session SET expire = expire - interval '2 days' WHERE sid = 'stale-1'`);
    const report = await cleanUp(shop, { ...options, recordedTimeZone: recorded });
    expect(report.timeZone).toEqual({ name: is, source: 'Connection' });
    expect(report.notes[0]).toMatch(new RegExp(`time zone may be ${is} or ${was},`));
    const kept = await shop.sql<{ count: number }>(
      `SELECT count(*)::int AS count FROM session WHERE sid LIKE 'live%' OR sid LIKE 'old-live%'`,
    );
    expect(kept).toEqual([{ count: 2000 }]);
    expect(report.deleted).toBeGreaterThan(0);
  },
);

test('a zone that is a rule of POSIX is recorded and set as the server says it', async () => {
  const { shop, recorded } = await shopIn('UTC+3');
  const own = { ...options, folder: await cleanerOf(shop), hasOwnConnection: true };
  expect(await cleanUp(shop, { ...own, recordedTimeZone: recorded })).toMatchObject({ deleted: 500 });
  expect(await leftIn(shop)).toEqual({ live: 1000, stale: 0 });
  const unknown = cleanUp(shop, { ...own, recordedTimeZone: 'Mars/Phobos' });
  await refusal('InvalidInput', /zone that set-up recorded; found Mars\/Phobos/)(unknown);
});
