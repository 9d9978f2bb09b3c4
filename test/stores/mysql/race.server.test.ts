import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flavours, startMysql, type TestMysql } from '../../servers/mysql.ts';
import { cleanUp, makeShop, openContext, sessionsTable, timeIndex } from './fixture.ts';
import { type Racer, race } from './race.ts';

/** Minutes by hand: `RACE_SECONDS=300 npx vitest run --project stores mysql/race`. */
const seconds = Number(process.env['RACE_SECONDS'] ?? 4);
const timeout = (seconds + 120) * 1000;
/** Fewer would prove little. */
const enough = 1000;

const stale = 'SELECT id FROM sessions WHERE modify_time < ?';
const locks = (text: string): boolean => text.includes('FOR UPDATE SKIP LOCKED');
const batches: Course = {
  ...{ chooses: locks, rows: 950 },
  aim: (values) => [`${stale} AND modify_time >= ? ORDER BY modify_time LIMIT 200`, values],
};
const slices: Course = {
  ...{ chooses: locks, rows: 3000 },
  aim: (values) => [`${stale} AND id <= ? ${values.length > 2 ? 'AND id > ?' : ''}`, values],
};
const naively: Course = {
  ...{ rows: 1000, chooses: (text) => text.includes('LIMIT 500') },
  aim: () => [
    'SELECT id FROM sessions WHERE modify_time < NOW() - INTERVAL 1 DAY ORDER BY modify_time LIMIT 500',
    [],
  ],
};

type Course = Pick<Racer, 'chooses' | 'aim' | 'rows'>;

describe.each(flavours)('clean-up and applications on %s', (flavour) => {
  let server: TestMysql;
  beforeAll(async () => {
    server = await startMysql(flavour);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** Races until enough was refreshed between, and says how it went. */
  async function score(name: string, table: string, racer: Course, naive = false) {
    const shop = await makeShop(server, table);
    const clean: Racer['clean'] = naive
      ? async (wrap) => {
          await using context = await openContext(shop, { wrap });
          for (;;) {
            // What one would write: choose, then delete what was chosen.
            const rows = await context.connection.query<{ id: string }>(
              'SELECT id FROM sessions WHERE modify_time < NOW() - INTERVAL 1 DAY ORDER BY modify_time LIMIT 500',
            );
            if (rows.length === 0) return;
            const list = rows.map(({ id }) => `'${id}'`).join(', ');
            await context.connection.change(`DELETE FROM sessions WHERE id IN (${list})`);
          }
        }
      : (wrap) => cleanUp(shop, { wrap, pace: 'polite' });
    let total = { between: 0, racing: 0, lost: 0 };
    do {
      const lap = await race(server, shop, { ...racer, seconds, clean });
      total = {
        between: total.between + lap.between,
        racing: total.racing + lap.racing,
        lost: total.lost + lap.lost,
      };
    } while (total.between < enough);
    process.stdout.write(
      `${flavour}, ${name}: ${total.between} refreshed between selection and deletion (and ${total.racing} at any moment), ${total.lost} lost\n`,
    );
    return total;
  }

  test('batches lose no session that is refreshed as they reach for it', { timeout }, async () => {
    const { lost } = await score('batches', sessionsTable + timeIndex, batches);
    expect(lost).toBe(0);
  });

  test('nor do slices', { timeout }, async () => {
    const { lost } = await score('slices', sessionsTable, slices);
    expect(lost).toBe(0);
  });

  test('the same race against a naive cleaner loses sessions', { timeout }, async () => {
    const { lost } = await score('naive', sessionsTable + timeIndex, naively, true);
    expect(lost).toBeGreaterThan(0);
  });
});
