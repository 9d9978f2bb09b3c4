import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { customLayoutOf } from '../../../src/layouts/custom.ts';
import { deleteOldSessions } from '../../../src/stores/mysql/cleanup.ts';
import type { TestMysql } from '../../servers/mysql.ts';
import { sharedMysql } from '../../servers/shared.ts';
import { makeShop, openContext } from './fixture.ts';

/** More than one slice of each type, nine of ten stale. */
const rows = Array.from({ length: 1000 }, (_, n) => n + 1);

/** A primary key, and the values of a row's key. */
const keys: readonly (readonly [
  what: string,
  columns: string,
  key: string,
  valuesOf: (n: number) => string,
])[] = [
  [
    'random numbers of 64 bits',
    'id bigint unsigned NOT NULL',
    'id',
    (n) => String((BigInt(n) * 0x9e3779b97f4a7c15n) % 2n ** 64n),
  ],
  ['64 bits', 'id bit(64) NOT NULL', 'id', (n) => String((BigInt(n) * 0x9e3779b97f4a7c15n) % 2n ** 64n)],
  ['a flag of one bit', 'flag bit(1) NOT NULL, id int NOT NULL', 'flag, id', (n) => `${n % 2}, ${n}`],
  [
    'words in an order of their own',
    "kind enum('web', 'api', 'app') NOT NULL, id int NOT NULL",
    'kind, id',
    (n) => `ELT(${1 + (n % 3)}, 'web', 'api', 'app'), ${n}`,
  ],
  ['a double', 'at double NOT NULL, id int NOT NULL', 'at, id', (n) => `${n} / 7e0, ${n}`],
  ['a float', 'at float NOT NULL, id int NOT NULL', 'at, id', (n) => `${n} / 7e0, ${n}`],
  [
    'a negative time',
    'at time NOT NULL, id int NOT NULL',
    'at, id',
    (n) => `SEC_TO_TIME(${n * 500 - 300_000}), ${n}`,
  ],
];

describe.each(['mysql', 'mariadb'] as const)('%s', (flavour) => {
  let server: TestMysql;
  beforeAll(async () => {
    server = await sharedMysql(flavour);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.each(keys)(
    'a table with a key of %s is seen and cleaned whole',
    async (_what, columns, key, valuesOf) => {
      const values = rows.map(
        (n) => `(${valuesOf(n)}, UNIX_TIMESTAMP() ${n % 10 === 0 ? '+ 9000' : '- 172800'})`,
      );
      const shop = await makeShop(
        server,
        `CREATE TABLE tokens (${columns}, ends_at bigint NOT NULL, PRIMARY KEY (${key}));
       INSERT INTO tokens VALUES ${values.join(', ')};`,
      );
      const form = { means: 'expiry', table: { key: 'id', time: 'ends_at', unit: 's' } } as const;
      const { mysql: layout } = customLayoutOf(form);
      if (!layout) throw new Error('Expected a form of the table');
      await using context = await openContext(shop, { table: 'tokens' });
      const own = { ...context, layout, layoutName: 'custom', age: form.means };
      const run = (dryRun: boolean) => deleteOldSessions(own, { ageSeconds: 300, pace: 'full', dryRun });
      expect(await run(true)).toMatchObject({ overdue: 900, remaining: 1000, complete: true });
      expect(await run(false)).toMatchObject({ deleted: 900, overdue: 0, remaining: 100, complete: true });
    },
  );
});
