import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { customLayoutOf } from '../../../src/layouts/custom.ts';
import { deleteOldSessions } from '../../../src/stores/mysql/cleanup.ts';
import type { TestMysql } from '../../servers/mysql.ts';
import { sharedMysql } from '../../servers/shared.ts';
import { makeShop, openContext } from './fixture.ts';

/** Rows that a collation takes for `web`. */
const kinds = ['web', 'WEB', 'wéb', 'web ', 'web  '];

describe.each(['mysql', 'mariadb'] as const)('%s', (flavour) => {
  let server: TestMysql;
  beforeAll(async () => {
    server = await sharedMysql(flavour);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.each([
    ['a collation without case and accents', 'varchar(20) COLLATE utf8mb4_unicode_ci'],
    ['the collation of letters', 'varchar(20) COLLATE utf8mb4_bin'],
    ['bytes', 'varbinary(20)'],
    ['a fixed length', 'char(20)'],
  ])('with %s, only rows that are equal letter by letter are sessions', async (_what, type) => {
    const shop = await makeShop(
      server,
      `CREATE TABLE tokens (id int PRIMARY KEY AUTO_INCREMENT, kind ${type} NOT NULL, ends_at bigint NOT NULL);
       INSERT INTO tokens (kind, ends_at) VALUES ${kinds.map((kind) => `('${kind}', UNIX_TIMESTAMP() - 172800)`).join(', ')};`,
    );
    const { mysql: layout } = customLayoutOf({
      means: 'expiry',
      table: { key: 'id', time: 'ends_at', unit: 's', only: { column: 'kind', equals: 'web' } },
    });
    if (!layout) throw new Error('Expected a form of the table');
    await using context = await openContext(shop, { table: 'tokens' });
    const own = { ...context, layout, layoutName: 'custom', age: 'expiry' as const };
    const report = await deleteOldSessions(own, { ageSeconds: 300, pace: 'full' });
    const left = await shop.sql<{ id: number }>('SELECT id FROM tokens ORDER BY id');
    // A column of fixed length holds no blanks at its end.
    const others = type === 'char(20)' ? [2, 3] : [2, 3, 4, 5];
    expect(left.map(({ id }) => id)).toEqual(others);
    expect(report.deleted).toBe(kinds.length - others.length);
  });
});
