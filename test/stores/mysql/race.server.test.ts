import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flavours, startMysql, type TestMysql } from '../../servers/mysql.ts';
import {
  cleanUp,
  makeShop,
  openContext,
  type Shop,
  sessionsTable,
  type TaskOptions,
  timeIndex,
} from './fixture.ts';
import { oldest, type Racer, race } from './race.ts';

/** At least so long; minutes by hand: `RACE_SECONDS=300 npx vitest run --project stores mysql/race`. */
const seconds = Number(process.env['RACE_SECONDS'] ?? 0);
const timeout = (seconds + 300) * 1000;
/** A race ends once so many sessions were refreshed between selection and deletion: fewer would prove little. */
const enough = 1000;

const stale = 'SELECT id FROM sessions WHERE modify_time < UTC_TIMESTAMP() - INTERVAL 1 DAY';
const spans: Course = {
  rows: 950,
  chooses: (text) => text.includes('DELETE s FROM') && text.includes('>= ? AND'),
  // The first span has no start, and the last one ends at the cutoff.
  aim: (values) =>
    values.length > 1 ? [`${stale} AND modify_time >= ? AND modify_time < ?`, values] : [stale, []],
};
const slices: Course = {
  rows: 3000,
  chooses: (text) => text.includes('DELETE s FROM') && text.includes('<= ?'),
  aim: (values) => [`${stale} AND id <= ? ${values.length > 1 ? 'AND id > ?' : ''}`, values],
};
const naively: Course = {
  rows: 1000,
  chooses: (text) => text.includes('LIMIT 500'),
  aim: () => [
    'SELECT id FROM sessions WHERE modify_time < NOW() - INTERVAL 1 DAY ORDER BY modify_time LIMIT 500',
    [],
  ],
};

type Course = Pick<Racer, 'chooses' | 'aim' | 'rows'>;

type Clean = (shop: Shop, options: TaskOptions) => Promise<unknown>;

/** A naive clean-up: select, then delete the selected rows. */
const cleanNaively: Clean = async (shop, options) => {
  await using context = await openContext(shop, options);
  for (;;) {
    const rows = await context.connection.query<{ id: string }>(
      'SELECT id FROM sessions WHERE modify_time < NOW() - INTERVAL 1 DAY ORDER BY modify_time LIMIT 500',
    );
    if (rows.length === 0) return;
    const list = rows.map(({ id }) => `'${id}'`).join(', ');
    await context.connection.change(`DELETE FROM sessions WHERE id IN (${list})`);
  }
};

describe.each(flavours)('clean-up and applications on %s', (flavour) => {
  let server: TestMysql;
  beforeAll(async () => {
    server = await startMysql(flavour);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** Races until enough was refreshed between, and says how it went. */
  async function score(name: string, table: string, course: Course, cleanWith: Clean = cleanUp) {
    const shop = await makeShop(server, table);
    const clean: Racer['clean'] = (wrap) => cleanWith(shop, { wrap, pace: 'polite' });
    let total = { between: 0, racing: 0, lost: 0, waits: 0 };
    do {
      const lap = await race(server, shop, { ...course, seconds, clean });
      total = {
        between: total.between + lap.between,
        racing: total.racing + lap.racing,
        lost: total.lost + lap.lost,
        waits: total.waits + lap.waits,
      };
    } while (total.between < enough);
    process.stdout.write(
      `${flavour}, ${name}: ${total.between} refreshed between selection and deletion (and ${total.racing} at any moment), ${total.lost} lost; clean-up waited ${total.waits} times\n`,
    );
    return total;
  }

  test('spans of time lose no session that is refreshed as they reach for it', { timeout }, async () => {
    const { lost, waits } = await score('spans', sessionsTable + timeIndex, spans);
    expect(lost).toBe(0);
    expect(waits).toBeGreaterThan(0);
  });

  test('slices of the key never lose a live session', { timeout }, async () => {
    const { lost, waits } = await score('slices', sessionsTable, slices);
    expect(lost).toBe(0);
    expect(waits).toBeGreaterThan(0);
  });

  test.each([
    ['an index', timeIndex],
    ['none', ''],
  ])(
    'a clean-up that skips locked rows never loses a live session, with %s',
    { timeout },
    async (name, index) => {
      const besideHolder: Clean = async (shop, options) => {
        const holder = await server.client({ database: shop.database });
        await holder.query(`BEGIN; SELECT id FROM sessions WHERE id = '${oldest}' FOR UPDATE`);
        await cleanUp(shop, options);
        await holder.end();
      };
      const course = index === '' ? slices : spans;
      const { lost } = await score(
        `round locks, ${name}`,
        sessionsTable + index,
        { ...course, chooses: (text) => text.includes('FOR UPDATE SKIP LOCKED') },
        besideHolder,
      );
      expect(lost).toBe(0);
    },
  );

  test('the same race against a naive cleaner loses sessions', { timeout }, async () => {
    const { lost } = await score('naive', sessionsTable + timeIndex, naively, cleanNaively);
    expect(lost).toBeGreaterThan(0);
  });
});
