import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestPostgres } from '../../servers/postgres.ts';
import { sharedPostgres } from '../../servers/shared.ts';
import { refusal } from '../refusal.ts';
import {
  cleanUp,
  fill,
  isDelete,
  sessionsTable,
  type TaskOptions,
  timeIndex,
  wrapped,
} from './cleanup-fixture.ts';
import { connectPgSimpleTable, makeShop, owner, type Shop } from './fixture.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await sharedPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const [stale, live] = [6000, 600];
const countIn = async (shop: Shop, table: string) => {
  const [row] = await shop.sql<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
  return row?.count;
};

/**
 * Stands between a clean-up and its server: before the DELETE of this number, or the first one from this table, another
 * session does this. The number of DELETEs that a table takes follows from how fast the server is.
 */
const meddling = (
  before: number | string,
  meanwhile: () => Promise<unknown>,
): NonNullable<TaskOptions['wrap']> => {
  let deletes = 0;
  const isMeant = (text: string) => typeof before === 'number' || text.includes(before);
  const wanted = typeof before === 'number' ? before : 1;
  return (connection) =>
    wrapped(connection, async (text, send) => {
      if (isDelete(text) && isMeant(text) && ++deletes === wanted) await meanwhile();
      return send();
    });
};

const modes = [
  ['in slices', ''],
  ['in batches', timeIndex],
] as const;

/** Changes of public.sessions by another superuser session; `table` is the place of the sessions afterwards. */
const changes: readonly { what: string; sql: string; words: RegExp; table?: string }[] = [
  {
    what: 'the time column gets another type',
    sql: `ALTER TABLE sessions ALTER modify_time TYPE timestamp USING modify_time AT TIME ZONE 'UTC'`,
    words: /its time column/,
  },
  {
    what: 'the time column is altered without another type',
    sql: `ALTER TABLE sessions ALTER modify_time TYPE timestamptz USING modify_time - interval '3 days'`,
    words: /its time column/,
  },
  {
    what: 'another column gets the name of the time column',
    sql: `ALTER TABLE sessions RENAME modify_time TO old; ALTER TABLE sessions ADD modify_time timestamptz DEFAULT '2000-01-01'`,
    words: /its time column/,
  },
  {
    what: 'the time column loses its name',
    sql: 'ALTER TABLE sessions RENAME modify_time TO old',
    words: /its time column/,
  },
  {
    what: 'another table gets the name',
    sql: 'ALTER TABLE sessions RENAME TO first; CREATE TABLE sessions AS SELECT * FROM first; ALTER TABLE sessions OWNER TO app',
    words: /its name/,
    table: 'first',
  },
  {
    what: 'the table gets another name',
    sql: 'ALTER TABLE sessions RENAME TO first',
    words: /its name/,
    table: 'first',
  },
  {
    what: 'another schema gets the name',
    sql: `ALTER SCHEMA public RENAME TO first; CREATE SCHEMA public; CREATE TABLE public.sessions AS SELECT * FROM first.sessions;
      GRANT ALL ON SCHEMA public TO app; ALTER TABLE public.sessions OWNER TO app`,
    words: /its name/,
    table: 'first.sessions',
  },
  {
    what: 'a trigger comes',
    sql: `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';
      CREATE TRIGGER t BEFORE DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION f()`,
    words: /its triggers or the foreign keys/,
  },
  {
    what: 'a foreign key that cascades comes',
    sql: `CREATE TABLE cart (id text REFERENCES sessions ON DELETE CASCADE); INSERT INTO cart SELECT id FROM sessions`,
    words: /its triggers or the foreign keys/,
  },
  {
    what: 'a rule comes',
    sql: 'CREATE RULE r AS ON DELETE TO sessions DO INSTEAD NOTHING',
    words: /its rules/,
  },
  {
    what: 'row-level security comes',
    sql: `ALTER TABLE sessions ENABLE ROW LEVEL SECURITY; ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
      CREATE POLICY p ON sessions USING (true)`,
    words: /its row-level security/,
  },
  {
    what: 'another SessionStore marks it',
    sql: `COMMENT ON TABLE sessions IS 'sessionstore.dev/mark/v1 {"installation":"other","namespace":"a","name":"b","origin":"adopted"}'`,
    words: /the comment with the mark/,
  },
];

describe.each(modes)('%s, if during the run', (_mode, index) => {
  test.each(changes)(
    '$what, the run ends with StoreChanged and deletes no further sessions',
    async ({ sql, words, table }) => {
      const shop = await makeShop(postgres, sessionsTable + index + fill(stale, live));
      let then: number | undefined;
      const meanwhile = async () => {
        await shop.sql(sql.replaceAll(' app', ` ${shop.role.user}`));
        then = await countIn(shop, table ?? 'sessions');
      };
      await refusal(
        'StoreChanged',
        words,
        /next run checks/,
      )(cleanUp(shop, { owner, marked: false, wrap: meddling(2, meanwhile) }));
      expect(then).toBeLessThan(stale + live);
      expect(await countIn(shop, table ?? 'sessions')).toBe(then);
    },
  );

  test('a naive column becomes one of instants, no live session is lost', async () => {
    const simple = connectPgSimpleTable() + index.replace('sessions (modify_time)', 'session (expire)');
    const shop = await makeShop(postgres, simple);
    await shop.sql(`INSERT INTO session SELECT kind || n, '{}', (now() + hours * interval '1 hour') AT TIME ZONE 'Asia/Tokyo'
      FROM (SELECT 'live-' AS kind, n, 3 AS hours FROM generate_series(1, ${live}) n
            UNION ALL SELECT 'stale-', n, -24 FROM generate_series(1, ${stale}) n) AS rows ORDER BY md5(kind || n)`);
    const wrap = meddling(2, () =>
      shop.sql(`ALTER TABLE session ALTER expire TYPE timestamptz USING expire AT TIME ZONE 'Asia/Tokyo'`),
    );
    const layout = { layout: 'connect-pg-simple', timeZone: 'Asia/Tokyo', ageSeconds: 300 };
    await refusal('StoreChanged', /its time column/)(cleanUp(shop, { ...layout, wrap }));
    expect(await countIn(shop, `session WHERE sid LIKE 'live%'`)).toBe(live);
    expect(await cleanUp(shop, layout)).toMatchObject({ overdue: 0, remaining: live, complete: true });
  });

  test.each([
    ['VACUUM FULL', 'VACUUM FULL sessions', live],
    ['CLUSTER', 'CLUSTER sessions USING sessions_pkey', live],
    ['TRUNCATE', 'TRUNCATE sessions', 0],
  ])('%s comes, the figures are incomplete, and no live session is lost', async (_what, sql, kept) => {
    const shop = await makeShop(postgres, sessionsTable + index + fill(stale, live));
    const report = await cleanUp(shop, { wrap: meddling(2, () => shop.sql(sql)) });
    expect(report).toMatchObject({ complete: false, overdueAtLeast: true, dryRun: false });
    expect(report.remaining).toBeUndefined();
    expect(report.notes).toEqual([expect.stringMatching(/figures are incomplete/)]);
    expect(await countIn(shop, `sessions WHERE id LIKE 'live%'`)).toBe(kept);
    const rest = await cleanUp(shop);
    expect(rest).toMatchObject({ overdue: 0, remaining: kept, complete: true });
    if (kept > 0) expect(report.deleted + rest.deleted).toBe(stale);
  });

  test('the table is dropped, it is StoreMissing', async () => {
    const shop = await makeShop(postgres, sessionsTable + index + fill(stale, live));
    await refusal('StoreMissing')(
      cleanUp(shop, { wrap: meddling(2, () => shop.sql('DROP TABLE sessions')) }),
    );
  });
});

describe.each(modes)('of a partitioned table, %s, where during the run', (_mode, index) => {
  const partitioned = `
    CREATE TABLE sessions (id text NOT NULL, pickle bytea NOT NULL, modify_time timestamptz NOT NULL) PARTITION BY LIST (left(id, 4));
    CREATE TABLE dead PARTITION OF sessions FOR VALUES IN ('stal') PARTITION BY HASH (id);
    CREATE TABLE dead_0 PARTITION OF dead FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE dead_1 PARTITION OF dead FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    CREATE TABLE alive PARTITION OF sessions FOR VALUES IN ('live');
    ${index} ${fill(1000, 100)}`;

  test.each([
    ['is dropped', 'DROP TABLE dead_1'],
    ['is detached', 'ALTER TABLE dead DETACH PARTITION dead_1'],
    ['goes with the one that it is part of', 'ALTER TABLE sessions DETACH PARTITION dead'],
  ])('a leaf %s, it is left out', async (_what, sql) => {
    const shop = await makeShop(postgres, partitioned);
    const first = await countIn(shop, 'dead_0');
    const second = await countIn(shop, 'dead_1');
    const report = await cleanUp(shop, { wrap: meddling('dead_1', () => shop.sql(sql)) });
    expect(report).toMatchObject({ deleted: first, overdue: 0, remaining: 100, complete: true });
    expect(report.notes).toEqual([expect.stringMatching(/partition was dropped or detached/)]);
    if (!sql.startsWith('DROP')) expect(await countIn(shop, 'dead_1')).toBe(second);
  });

  test.each([
    ['the table itself gets another name', 'ALTER TABLE sessions RENAME TO first', /the name of the table/],
    ['the table itself is dropped', 'DROP TABLE sessions', /the table that it is a partition of/],
    ['a leaf gets another name', 'ALTER TABLE dead_1 RENAME TO other', /its name/],
    [
      'a leaf gets a rule',
      'CREATE TABLE c (a int); CREATE RULE r AS ON DELETE TO dead_1 DO ALSO DELETE FROM c',
      /its rules/,
    ],
  ])('%s, it ends with StoreChanged', async (_what, sql, words) => {
    const shop = await makeShop(postgres, partitioned);
    const wrap = meddling('dead_1', () => shop.sql(sql));
    await refusal('StoreChanged', words)(cleanUp(shop, { wrap }));
  });
});

test('a table whose rows go with a session gets a trigger, the run ends with StoreChanged', async () => {
  const layout = 'spring-session-jdbc';
  const shop = await makeShop(postgres);
  await shop.setUp({ layout });
  await shop.sql(`
    INSERT INTO spring_session SELECT n, n, 0, 0, 1800, (extract(epoch FROM now()) - 172800) * 1000, NULL FROM generate_series(1, 3000) n;
    INSERT INTO spring_session_attributes SELECT primary_id, 'a', '' FROM spring_session;
    CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';`);
  let then = 0;
  const wrap = meddling(2, async () => {
    await shop.sql(`CREATE TRIGGER audit BEFORE DELETE ON spring_session_attributes
      FOR EACH ROW EXECUTE FUNCTION audit()`);
    then = (await countIn(shop, 'spring_session_attributes')) ?? 0;
  });
  await refusal('StoreChanged', /its triggers or the foreign keys/)(cleanUp(shop, { layout, wrap }));
  expect(then).toBeLessThan(3000);
  expect(await countIn(shop, 'spring_session_attributes')).toBe(then);
  expect(await countIn(shop, 'spring_session')).toBe(then);
  await shop.sql('DROP TRIGGER audit ON spring_session_attributes');
  expect(await cleanUp(shop, { layout })).toMatchObject({ deleted: then, remaining: 0, complete: true });
  expect(await countIn(shop, 'spring_session_attributes')).toBe(0);
});
