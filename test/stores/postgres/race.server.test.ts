import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PostgresConnection } from '../../../src/stores/postgres/connection.ts';
import { startPostgres, type TestPostgres } from '../../servers/postgres.ts';
import { cleanUp, openContext, sessionsTable, timeIndex } from './cleanup-fixture.ts';
import { makeShop, type Shop } from './fixture.ts';
import { type Racer, race, someOf } from './race.ts';

/** At least so long; minutes by hand: `RACE_SECONDS=300 npx vitest run --project stores race`. */
const seconds = Number(process.env['RACE_SECONDS'] ?? 0);
const timeout = (seconds + 300) * 1000;
/** A race ends once so many sessions were refreshed between selection and deletion: fewer would prove little. */
const enough = 2000;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

/** Runs the race and says how it went. */
async function score(name: string, shop: Shop, racer: Omit<Racer, 'seconds' | 'enough'>) {
  const result = await race(postgres, shop, { ...racer, seconds, enough });
  const { between, racing, lost, waits } = result;
  process.stdout.write(
    `${name}: ${between} refreshed between selection and deletion (and ${racing} at any moment), ${lost} lost; ` +
      `clean-up waited ${waits} times\n`,
  );
  return result;
}

/** A database with a role that by default sees rows as they were when a transaction began. */
async function makeRaceCourse(table: string): Promise<Shop> {
  const shop = await makeShop(postgres, table);
  await shop.sql(`ALTER ROLE ${shop.role.user} SET default_transaction_isolation = 'repeatable read'`);
  return shop;
}

const isStale = `modify_time < now() - interval '1 day'`;
const inSlice = someOf(
  `SELECT id FROM sessions WHERE ${isStale} AND ctid >= $1::tid AND ctid < $2::tid FOR UPDATE SKIP LOCKED`,
);
const inBatch = someOf(
  `SELECT id FROM sessions WHERE ${isStale} AND modify_time >= $1::timestamptz ORDER BY modify_time LIMIT $2`,
);
const inList = someOf('SELECT unnest($1::text[]) AS id');

test('slices lose no session that is refreshed as they reach for it', { timeout }, async () => {
  const shop = await makeRaceCourse(sessionsTable);
  const clean: Racer['clean'] = (wrap) => cleanUp(shop, { wrap });
  const { between, lost, waits } = await score('slices', shop, { rows: 3000, clean, aim: inSlice });
  expect(lost).toBe(0);
  expect(between).toBeGreaterThanOrEqual(enough);
  expect(waits).toBeGreaterThan(0);
});

test('slices that skip locked rows never lose a live session', { timeout }, async () => {
  const shop = await makeRaceCourse(sessionsTable);
  const holder = await postgres.client({ database: shop.database });
  const clean: Racer['clean'] = async (wrap) => {
    await holder.query(`BEGIN; SELECT FROM sessions ORDER BY ctid LIMIT 1 FOR UPDATE`);
    await cleanUp(shop, { wrap });
    await holder.query('COMMIT');
  };
  const { between, lost } = await score('slices round locks', shop, { rows: 3000, clean, aim: inSlice });
  await holder.end();
  expect(lost).toBe(0);
  expect(between).toBeGreaterThanOrEqual(enough);
});

test('batches never lose a live session', { timeout }, async () => {
  const shop = await makeRaceCourse(sessionsTable + timeIndex);
  const clean: Racer['clean'] = (wrap) => cleanUp(shop, { wrap });
  const { between, lost } = await score('batches', shop, { rows: 900, clean, aim: inBatch });
  expect(lost).toBe(0);
  expect(between).toBeGreaterThanOrEqual(enough);
});

/** A naive clean-up: select, then delete the selected rows. */
async function deleteNaively(connection: PostgresConnection): Promise<void> {
  for (;;) {
    const { rows } = await connection.query<{ id: string }>(
      `SELECT id FROM sessions WHERE modify_time < now() - interval '1 day' LIMIT 500`,
    );
    if (rows.length === 0) return;
    await connection.query('DELETE FROM ONLY sessions WHERE id = ANY ($1)', [rows.map(({ id }) => id)]);
  }
}

test('the same race against a naive cleaner loses sessions', { timeout }, async () => {
  const shop = await makeShop(postgres, sessionsTable);
  const clean: Racer['clean'] = async (wrap) => {
    await using context = await openContext(shop, { wrap });
    await deleteNaively(context.connection);
  };
  const { lost } = await score('naive', shop, { rows: 1000, clean, aim: inList });
  expect(lost).toBeGreaterThan(0);
});
