import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TableForm } from '../../../src/layouts/table-form.ts';
import type { PostgresConnection } from '../../../src/stores/postgres/connection.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { sharedPostgres } from '../../servers/shared.ts';
import { refusal } from '../refusal.ts';
import { wrapped } from './cleanup-fixture.ts';
import { makeShop, type Shop } from './fixture.ts';
import { cleanForm, formWith, idsIn } from './table-forms.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await sharedPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const index = 'CREATE INDEX ON sessions (time);';

describe('numbers in another unit than the layout says', () => {
  const isDelete = (text: string) => text.includes('DELETE FROM');

  /** Runs a clean-up that is to be refused, and counts its DELETEs. */
  async function refused(shop: Shop, layout: TableForm, words: RegExp, dryRun = false): Promise<number> {
    let deletes = 0;
    await refusal(
      'ShapeMismatch',
      words,
    )(
      cleanForm(shop, layout, {
        dryRun,
        wrap: (connection) =>
          wrapped(connection, (text, send) => {
            if (isDelete(text)) deletes += 1;
            return send();
          }),
      }),
    );
    return deletes;
  }

  const filled = (value: string) =>
    `CREATE TABLE sessions (id text PRIMARY KEY, time bigint);
     INSERT INTO sessions SELECT 'id-' || n, ${value} FROM generate_series(1, 1500) n;`;
  const seconds = 'extract(epoch FROM now())::bigint - n';

  test.each<[string, string, 's' | 'ms', RegExp]>([
    ['seconds as milliseconds', seconds, 'ms', /column time to hold milliseconds.*look like seconds/],
    [
      'milliseconds as seconds',
      `(${seconds}) * 1000`,
      's',
      /column time to hold seconds.*look like milliseconds/,
    ],
    ['lifetimes as seconds', '3600 + n', 's', /look like neither/],
  ])('are refused before the first DELETE: %s', async (_what, value, unit, words) => {
    for (const more of ['', index]) {
      const shop = await makeShop(postgres, filled(value) + more);
      expect(await refused(shop, formWith({ at: { column: 'time', unit } }), words)).toBe(0);
      expect(await refused(shop, formWith({ at: { column: 'time', unit } }), words, true)).toBe(0);
    }
  });

  test('are looked for all over a large table, without rows that never end', async () => {
    const shop = await makeShop(
      postgres,
      `${filled('0')} ALTER TABLE sessions ADD filler text DEFAULT repeat('x', 1500);
      INSERT INTO sessions SELECT 'live-' || n, extract(epoch FROM now()) FROM generate_series(1, 1500) n;
      UPDATE sessions SET time = 1000000 + substr(id, 4)::int WHERE id LIKE 'id-%'; ANALYZE sessions;`,
    );
    const layout = formWith({ at: { column: 'time', unit: 's', never: [0] } });
    expect(await cleanForm(shop, layout)).toMatchObject({ deleted: 1500, remaining: 1500 });
  });
});

test('each column that a rule reads is proven with every DELETE', async () => {
  const shop = await makeShop(
    postgres,
    `CREATE TABLE sessions (id text PRIMARY KEY, time bigint, life int, filler text);
     INSERT INTO sessions SELECT n, extract(epoch FROM now()) - 172800, 60, repeat('x', 1000) FROM generate_series(1, 5000) n;`,
  );
  const layout = formWith({ at: { column: 'time', unit: 's' }, plus: { column: 'life', unit: 's' } });
  let deletes = 0;
  let left = 0;
  const wrap = (connection: PostgresConnection) =>
    wrapped(connection, async (text, send) => {
      if (text.includes('DELETE FROM') && ++deletes === 2) {
        await shop.sql('ALTER TABLE sessions ALTER life TYPE bigint');
        left = (await idsIn(shop)).length;
      }
      return send();
    });
  await refusal('StoreChanged', /its time column/)(cleanForm(shop, layout, { wrap }));
  expect((await idsIn(shop)).length).toBe(left);
});
