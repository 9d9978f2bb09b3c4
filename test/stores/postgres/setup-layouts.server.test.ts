import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shapes } from '../../../src/layouts/index.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { sharedPostgres } from '../../servers/shared.ts';
import { refusal } from '../refusal.ts';
import { connectPgSimpleTable, makeShop, markedAs, type Shop } from './fixture.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await sharedPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const made = shapes.filter((layout) => layout.postgres && layout.postgres.madeBy === undefined);
const madeByLibrary = shapes.filter((layout) => layout.postgres?.madeBy === 'library');

/** Every index of the shop's tables, as PostgreSQL prints it. */
const indexesOf = async ({ sql }: Shop) => {
  const rows = await sql<{ def: string }>(
    `SELECT indexdef AS def FROM pg_indexes WHERE schemaname NOT IN ('pg_catalog', 'pg_toast') ORDER BY indexname`,
  );
  return rows.map(({ def }) => def);
};

describe.each(made.map(({ name, postgres: form }) => [name, form] as const))(
  'the layout %s',
  (layout, form) => {
    test('is made, found to fit, and emptied by an Overwrite', async () => {
      const shop = await makeShop(postgres);
      expect(await shop.setUp({ layout })).toMatchObject({ outcome: 'Created', marked: true });
      const indexes = await indexesOf(shop);
      expect(indexes.length).toBeGreaterThanOrEqual(form?.indexes.length ?? 0);
      expect(await shop.setUp({ layout })).toMatchObject({ outcome: 'Verified' });
      const overwrite = { layout, ifExists: 'Overwrite', overwriteToken: 't1' } as const;
      expect(await shop.setUp(overwrite)).toMatchObject({ outcome: 'Overwritten', overwriteToken: 't1' });
      expect(await indexesOf(shop)).toEqual(indexes);
    });
  },
);

describe.each(madeByLibrary.map(({ name }) => name))('the layout %s', (layout) => {
  test('is left to its library to make, and never overwritten', async () => {
    const shop = await makeShop(postgres);
    await refusal('StoreMissing', /run the library's own migration/)(shop.setUp({ layout }));
  });
});

describe('children', () => {
  const layout = 'spring-session-jdbc';
  const fill = (shop: Shop) =>
    shop.sql(`
      INSERT INTO spring_session SELECT 'p' || n, 's' || n, 0, 0, 1800, n, NULL FROM generate_series(1, 5) n;
      INSERT INTO spring_session_attributes SELECT primary_id, 'a', '' FROM spring_session`);
  const rows = async ({ sql }: Shop) => {
    const [row] = await sql<{ main: number; child: number }>(
      `SELECT (SELECT count(*)::int FROM spring_session) AS main, (SELECT count(*)::int FROM spring_session_attributes) AS child`,
    );
    return row;
  };

  test('are emptied together with the table, and made again with it where it does not fit', async () => {
    const shop = await makeShop(postgres);
    await shop.setUp({ layout });
    await fill(shop);
    await shop.setUp({ layout, ifExists: 'Overwrite', overwriteToken: 't1' });
    expect(await rows(shop)).toEqual({ main: 0, child: 0 });
    await fill(shop);
    await shop.sql('ALTER TABLE spring_session DROP COLUMN expiry_time');
    await shop.setUp({ layout, ifExists: 'Overwrite', overwriteToken: 't2' });
    expect(await rows(shop)).toEqual({ main: 0, child: 0 });
    expect(await indexesOf(shop)).toContainEqual(expect.stringMatching(/spring_session_attributes_pk ON/));
  });

  test('may go with a session, unless their deletion does more', async () => {
    const shop = await makeShop(postgres);
    await shop.setUp({ layout });
    await shop.sql(`CREATE TABLE note (s char(36), a varchar(200),
      FOREIGN KEY (s, a) REFERENCES spring_session_attributes ON DELETE CASCADE)`);
    await refusal(
      'ShapeMismatch',
      /foreign key note_s_a_fkey of .*note acts on rows of spring_session_attributes/,
    )(shop.setUp({ layout }));
  });

  test('of another origin are not taken over', async () => {
    const shop = await makeShop(postgres, 'CREATE TABLE spring_session_attributes (a int)');
    await refusal(
      'ShapeMismatch',
      /Expected no table public.spring_session_attributes/,
    )(shop.setUp({ layout }));
  });
});

describe('a schema that the layout names', () => {
  const layout = 'tower-sessions';

  test('is made with the table', async () => {
    const shop = await makeShop(postgres);
    await shop.setUp({ layout });
    expect(await shop.sql('SELECT FROM tower_sessions.session')).toEqual([]);
  });

  test('takes a right, which the refusal names', async () => {
    const shop = await makeShop(postgres);
    const visitor = await postgres.createRole(`visitor_${shop.database}`);
    const folder = await postgres.connectionFolder(visitor, shop.database);
    await refusal(
      'PermissionDenied',
      new RegExp(`GRANT CREATE ON DATABASE "${shop.database}" TO "${visitor.user}"`),
    )(shop.setUp({ layout, folder }));
  });

  test('is not made for another name', async () => {
    const shop = await makeShop(postgres);
    await refusal('StoreMissing', /Schema other does not exist/)(shop.setUp({ layout, schema: 'other' }));
  });
});

test('a table of another layout is refused with that layout’s name', async () => {
  const shop = await makeShop(postgres, connectPgSimpleTable('sessions'));
  await refusal(
    'ShapeMismatch',
    /^Table \S+ looks like the table of the layout connect-pg-simple: .* It does not fit the layout laravel: /,
  )(shop.setUp({ layout: 'laravel' }));
});

test('an application’s table that its library made is never overwritten', async () => {
  const shop = await makeShop(
    postgres,
    'CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text NOT NULL, expire_date timestamptz NOT NULL)',
  );
  const overwrite = { layout: 'django', ifExists: 'Overwrite', overwriteToken: 't1' } as const;
  await refusal('InvalidInput', /Adopt or Fail for the layout django/)(shop.setUp(overwrite));
  expect(await shop.setUp({ layout: 'django' })).toMatchObject({ outcome: 'Adopted', marked: true });
});

test('a mark of set-up does not hide a table that no longer fits', async () => {
  const shop = await makeShop(postgres, `${connectPgSimpleTable()} ${markedAs('created')}`);
  await refusal('ShapeMismatch', /does not fit the layout yii2/)(shop.setUp({ layout: 'yii2' }));
});
