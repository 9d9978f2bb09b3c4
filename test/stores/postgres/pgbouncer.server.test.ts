import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPgBouncer, startPostgres, type TestPostgres } from '../../servers/postgres.ts';
import { cleanUp, fill, left, sessionsTable, timeIndex } from './cleanup-fixture.ts';
import { connectPgSimpleTable, makeShop, owner, type Shop } from './fixture.ts';

let postgres: TestPostgres;
let pooler: Awaited<ReturnType<typeof startPgBouncer>>;
let slices: Shop;
let batches: Shop;
let naive: Shop;
let leaky: Shop;
beforeAll(async () => {
  postgres = await startPostgres();
  slices = await makeShop(postgres, sessionsTable + fill(20_000, 500));
  batches = await makeShop(postgres, sessionsTable + timeIndex + fill(900, 20_000));
  naive = await makeShop(postgres, connectPgSimpleTable());
  leaky = await makeShop(postgres);
  pooler = await startPgBouncer(postgres);
});
afterAll(async () => {
  await pooler[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

const pooled = (shop: Shop) =>
  postgres.connectionFolder(shop.role, shop.database, { port: String(pooler.port) });

/**
 * Settings that an application which shares the pool finds changed on each of its server connections; except
 * application_name, which PgBouncer itself leaves as the last client had it.
 */
async function settingsOfPool(shop: Shop): Promise<readonly string[]> {
  const clients = Array.from(
    { length: 2 },
    () => new pg.Client({ host: '127.0.0.1', port: pooler.port, database: shop.database, ...shop.role }),
  );
  const found: string[] = [];
  for (const client of clients) {
    await client.connect();
    // Open until all have one: each holds a connection of the pool.
    await client.query('BEGIN');
    const { rows } = await client.query<{ name: string; setting: string }>(
      `SELECT name, setting FROM pg_settings WHERE setting IS DISTINCT FROM reset_val AND context IN ('user', 'superuser')
          AND name NOT LIKE 'transaction_%'
          AND name <> 'application_name'`,
    );
    found.push(...rows.map(({ name, setting }) => `${name}=${setting}`));
    const { rows: locks } = await client.query('SELECT FROM pg_locks WHERE locktype = $1', ['advisory']);
    const { rows: statements } = await client.query(
      'SELECT name FROM pg_prepared_statements WHERE name <> $1',
      [''],
    );
    found.push(...locks.map(() => 'an advisory lock'), ...statements.map(() => 'a prepared statement'));
  }
  for (const client of clients) await client.end();
  return found;
}

test('a setting that somebody leaves behind shows', async () => {
  const before = await settingsOfPool(leaky);
  const client = new pg.Client({
    host: '127.0.0.1',
    port: pooler.port,
    database: leaky.database,
    ...leaky.role,
  });
  await client.connect();
  await client.query(`SET lock_timeout = '3s'`);
  await client.end();
  expect(await settingsOfPool(leaky)).toEqual(expect.arrayContaining([...before, 'lock_timeout=3000']));
});

test.each([
  ['in slices', () => slices, 20_000, 500],
  ['in batches', () => batches, 900, 20_000],
])(
  '%s it works through PgBouncer in transaction mode, and leaves no setting behind',
  async (_mode, shopOf, stale, live) => {
    const shop = shopOf();
    const before = await settingsOfPool(shop);
    const folder = await pooled(shop);
    const options = { folder, owner, marked: false };
    expect(await cleanUp(shop, options)).toMatchObject({ deleted: stale, remaining: live });
    expect(await left(shop)).toEqual({ stale: 0, live });
    expect(await settingsOfPool(shop)).toEqual(before);
  },
);

test('a zone of the spec’s does not reach the application, and what the application has set does not reach clean-up', async () => {
  const folder = await pooled(naive);
  // In UTC, as the role's own connections have it, both would be live.
  await naive.sql(`INSERT INTO session VALUES
    ('stale', '{}', (now() - interval '2 hours') AT TIME ZONE 'Asia/Tokyo'),
    ('live', '{}', (now() + interval '2 hours') AT TIME ZONE 'Asia/Tokyo')`);
  const before = await settingsOfPool(naive);
  const options = { folder, layout: 'connect-pg-simple', timeZone: 'Asia/Tokyo', ageSeconds: 3600 };
  const report = await cleanUp(naive, options);
  expect(report).toMatchObject({ deleted: 1, timeZone: { name: 'Asia/Tokyo', source: 'Spec' } });
  expect(await naive.sql('SELECT sid FROM session')).toEqual([{ sid: 'live' }]);
  expect(await settingsOfPool(naive)).toEqual(before);
});
