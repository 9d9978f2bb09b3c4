import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../../servers/postgres.ts';
import { runRunner } from '../../servers/runner.ts';
import { patiently } from '../patiently.ts';
import { refusal } from '../refusal.ts';
import { connectPgSimpleTable, inputFor, makeShop, type Shop, stateOf } from './fixture.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const indexesOf = async (shop: Shop) => ((await stateOf(shop)) as { indexes: string[] }).indexes;
const withIndex = { createIndex: true };

test('an adopted table gets its index where that was asked for, and only then', async () => {
  const shop = await makeShop(postgres, connectPgSimpleTable());
  expect(await shop.setUp()).toMatchObject({ notes: [expect.stringContaining('no index on expire')] });
  expect(await indexesOf(shop)).toHaveLength(1);
  expect(await shop.setUp(withIndex)).toMatchObject({ outcome: 'Verified', notes: [] });
  expect((await indexesOf(shop)).join()).toMatch(
    /"IDX_session_expire" ON public.session USING btree \(expire\) t/,
  );
});

test('an index of another name serves as well', async () => {
  const shop = await makeShop(
    postgres,
    `${connectPgSimpleTable()} CREATE INDEX mine ON session (expire, sid)`,
  );
  expect(await shop.setUp(withIndex)).toMatchObject({ notes: [] });
  expect(await indexesOf(shop)).toHaveLength(2);
});

test('a partial one does not', async () => {
  const partial = `CREATE INDEX mine ON session (expire) WHERE sid > 'a'`;
  const shop = await makeShop(postgres, `${connectPgSimpleTable()} ${partial}`);
  expect(await shop.setUp(withIndex)).toMatchObject({ notes: [] });
  expect(await indexesOf(shop)).toHaveLength(3);
});

test('only the owner can add the index: the sentence says what to run', async () => {
  const shop = await makeShop(postgres, connectPgSimpleTable());
  const folder = await postgres.connectionFolder(await postgres.createRole('tenant'), shop.database);
  const words = new RegExp(`GRANT "${shop.role.user}" TO "tenant"`);
  await refusal('PermissionDenied', words)(shop.setUp({ ...withIndex, folder }));
});

test('a partitioned table gets no index, and a note', async () => {
  const columns = '(sid varchar NOT NULL, sess json NOT NULL, expire timestamp(6) NOT NULL)';
  const shop = await makeShop(postgres, `CREATE TABLE session ${columns} PARTITION BY HASH (sid)`);
  const { notes } = await shop.setUp(withIndex);
  expect(notes).toContainEqual(expect.stringContaining('create it on each partition'));
});

test('an invalid index of an interrupted build is dropped, and the index is built', async () => {
  const shop = await makeShop(postgres, connectPgSimpleTable());
  await shop.setUp();
  // CREATE INDEX CONCURRENTLY waits for transactions that may see older rows.
  const application = await postgres.client({ database: shop.database });
  await application.query('BEGIN; LOCK TABLE session IN ROW EXCLUSIVE MODE');
  const building = `FROM pg_stat_activity WHERE datname = '${shop.database}' AND query LIKE 'CREATE INDEX%'`;
  const input = inputFor({ setup: { createIndex: true } });
  const end = await runRunner({
    command: 'setup',
    input,
    connection: shop.folder,
    onStart: async (child) => {
      await expect.poll(() => postgres.sql(`SELECT pid ${building}`), { timeout: 60_000 }).toHaveLength(1);
      child.kill('SIGKILL');
      await postgres.sql(`SELECT pg_terminate_backend(pid) ${building}`);
    },
  });
  expect(end.signal).toBe('SIGKILL');
  await application.query('COMMIT');
  await application.end();
  await expect.poll(() => postgres.sql(`SELECT pid ${building}`), { timeout: 60_000 }).toEqual([]);
  expect((await indexesOf(shop)).join()).toMatch(/"IDX_session_expire" .* f/);
  expect(await shop.setUp()).toMatchObject({ notes: [expect.stringContaining('no index on expire')] });
  expect(await shop.setUp(withIndex)).toMatchObject({ notes: [] });
  const healed = await indexesOf(shop);
  expect(healed).toHaveLength(2);
  expect(healed.join()).toMatch(/"IDX_session_expire" .* t/);
});

test('several runs at once build one index', async () => {
  const shop = await makeShop(postgres, connectPgSimpleTable());
  await shop.sql(`INSERT INTO session SELECT n, '{}', now() FROM generate_series(1, 100000) n`);
  const reports = await Promise.all(Array.from({ length: 3 }, () => patiently(() => shop.setUp(withIndex))));
  expect(reports.flatMap(({ notes }) => notes)).toEqual([]);
  expect(await indexesOf(shop)).toHaveLength(2);
});
