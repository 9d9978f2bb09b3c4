import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestPostgres } from '../servers/postgres.ts';
import { runRunner } from '../servers/runner.ts';
import { sharedPostgres, unique } from '../servers/shared.ts';
import { inputFor, makeShop } from '../stores/postgres/fixture.ts';
import { blocksIn } from './blocks.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await sharedPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

/** The statements of the quick start that fill its table. */
const insertsOf = (page: string): string => {
  const [, sql] =
    /--command="([^"]+)"/.exec(
      blocksIn(page)
        .map(({ text }) => text)
        .join('\n'),
    ) ?? [];
  if (sql === undefined) throw new Error(`Expected ${page} to have a command of psql`);
  return sql;
};

test('the sessions of the quick start are deleted by a role with the rights of stores.md, and the live one stays', async () => {
  const shop = await makeShop(postgres);
  await shop.setUp();
  await shop.sql(`SET ROLE ${shop.role.user}; ${insertsOf('docs/quick-start.md')}`);

  const cleaner = unique('cleaner');
  const grants = blocksIn('docs/stores.md').filter(({ language }) => language === 'sql');
  expect(grants).toHaveLength(1);
  const statements = grants.map(({ text }) => text.replaceAll('cleaner', cleaner)).join('\n');
  const password = /PASSWORD '(.*)'/.exec(statements)?.[1] ?? '';
  await shop.sql(statements);

  const connection = await postgres.connectionFolder({ user: cleaner, password }, shop.database);
  const input = inputFor({
    cleanup: { expiredFor: '10m', connection: { secretName: 'shop-cleaner' } },
  });
  const recordedTimeZone = 'Etc/UTC';
  const { result } = await runRunner({
    command: 'delete-old',
    input: { ...input, recordedTimeZone },
    connection,
  });
  expect(result).toMatchObject({ cleanup: { deleted: 1000, remaining: 1 } });
  expect(await shop.sql('SELECT sid FROM session')).toEqual([{ sid: 'live' }]);
  await postgres.sql(`DROP OWNED BY ${cleaner}; DROP ROLE ${cleaner}`, { database: shop.database });
});
