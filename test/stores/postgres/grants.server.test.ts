import { afterAll, beforeAll, expect, test } from 'vitest';
import { PostgresSessionStore } from '../../../src/stores/postgres/store.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { sharedPostgres, unique } from '../../servers/shared.ts';
import { refusal } from '../refusal.ts';
import { cleanUp, fill, left, sessionsTable, timeIndex } from './cleanup-fixture.ts';
import { makeShop, owner, type Shop } from './fixture.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await sharedPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

/** The rights of clean-up according to src/stores/postgres/grants.ts. */
const documented = {
  schema: 'GRANT USAGE ON SCHEMA public TO cleaner',
  select: 'GRANT SELECT ON sessions TO cleaner',
  delete: 'GRANT DELETE ON sessions TO cleaner',
  update: 'GRANT UPDATE (modify_time) ON sessions TO cleaner',
};
type Grant = keyof typeof documented;

/** A table of the application's, and a role that may do only what it is granted. */
async function makeCleaner(table: string, without: readonly Grant[] = []) {
  const shop = await makeShop(postgres, table + fill(3000, 100));
  const role = await postgres.createRole(unique('cleaner'));
  const grants = Object.entries(documented).filter(([name]) => !without.includes(name as Grant));
  const nobody = `
    REVOKE ALL ON SCHEMA public FROM public;
    REVOKE ALL ON DATABASE ${shop.database} FROM public;
    GRANT CONNECT ON DATABASE ${shop.database} TO cleaner;`;
  const statements = [nobody, ...grants.map(([, grant]) => `${grant};`)].join('\n');
  await shop.sql(statements.replaceAll('cleaner', role.user));
  return { shop, role, folder: await postgres.connectionFolder(role, shop.database) };
}

/** Runs the statements in quotes' place of a sentence: what it says to run as the owner. */
async function runAdvisedSql(shop: Shop, failing: Promise<unknown>): Promise<void> {
  const { message } = await failing.then(
    () => new Error('Expected a refusal'),
    (error: Error) => error,
  );
  const grants = message.match(/GRANT [^;]+/g);
  expect(grants).not.toBeNull();
  await shop.sql(grants?.join(';') ?? '');
}

test.each([
  ['in slices', sessionsTable],
  ['in batches', sessionsTable + timeIndex],
])('%s, the documented grants are enough', async (_mode, table) => {
  const { shop, folder } = await makeCleaner(table);
  expect(await cleanUp(shop, { folder, owner, marked: false })).toMatchObject({
    deleted: 3000,
    remaining: 100,
  });
});

test('the rights of clean-up are enough beside an application that holds rows', async () => {
  const { shop, folder } = await makeCleaner(sessionsTable);
  const application = await postgres.client({ database: shop.database });
  await application.query(`BEGIN; SELECT FROM sessions WHERE id = 'stale-7' FOR UPDATE`);
  expect(await cleanUp(shop, { folder })).toMatchObject({ deleted: 2999, overdue: 1 });
  await application.end();
});

test.each([
  ['schema', /GRANT USAGE ON SCHEMA "public" TO "cleaner_\w+"/],
  ['select', /GRANT SELECT, DELETE, UPDATE \("modify_time"\) ON "public"."sessions" TO "cleaner_\w+"/],
  ['delete', /GRANT SELECT, DELETE, UPDATE/],
  ['update', /GRANT SELECT, DELETE, UPDATE/],
] as const)(
  'without the grant of %s it fails, deletes nothing, and says what to run; that mends it',
  async (grant, words) => {
    const { shop, folder } = await makeCleaner(sessionsTable, [grant]);
    await refusal('PermissionDenied', words)(cleanUp(shop, { folder }));
    expect(await left(shop)).toEqual({ stale: 3000, live: 100 });
    await runAdvisedSql(shop, cleanUp(shop, { folder }));
    expect(await cleanUp(shop, { folder })).toMatchObject({ deleted: 3000, remaining: 100 });
  },
);

test('without CONNECT the refusal names the database', async () => {
  const { shop, role, folder } = await makeCleaner(sessionsTable);
  await shop.sql(`REVOKE CONNECT ON DATABASE ${shop.database} FROM ${role.user}`);
  await refusal('PermissionDenied', new RegExp(`database "${shop.database}"`))(cleanUp(shop, { folder }));
});

test('on a partitioned table every partition needs the grants, and the refusal names the one that lacks them', async () => {
  const { shop, folder, role } = await makeCleaner(`
    CREATE TABLE sessions (id text NOT NULL, pickle bytea NOT NULL, modify_time timestamptz NOT NULL) PARTITION BY LIST (left(id, 4));
    CREATE TABLE dead PARTITION OF sessions FOR VALUES IN ('stal');
    CREATE TABLE alive PARTITION OF sessions FOR VALUES IN ('live');`);
  await shop.sql(`GRANT SELECT, DELETE, UPDATE (modify_time) ON dead TO ${role.user}`);
  const failing = () => cleanUp(shop, { folder });
  await refusal('PermissionDenied', /ON "public"."alive" TO/)(failing());
  await runAdvisedSql(shop, failing());
  expect(await failing()).toMatchObject({ deleted: 3000, remaining: 100 });
});

test('a program saves, loads and deletes with the documented grants, and each missing one is reported', async () => {
  const all = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];
  for (const lacking of ['none', ...all]) {
    const { shop, role } = await makeCleaner(sessionsTable, ['select', 'delete', 'update']);
    const granted = all.filter((right) => right !== lacking).join(', ');
    await shop.sql(`GRANT ${granted} ON sessions TO ${role.user}`);
    const { host, port } = postgres;
    await using store = new PostgresSessionStore({ host, port, ...role, database: shop.database });
    const life = async () => {
      for (const payload of ['one', 'two']) await store.saveSession('a', Buffer.from(payload));
      const found = String(await store.loadSession('a'));
      await store.deleteSession('a');
      return [found, await store.hasSession('a')];
    };
    const came = await life().catch((error: { reason?: string }) => error.reason);
    expect(came, lacking).toEqual(lacking === 'none' ? ['two', false] : 'PermissionDenied');
  }
});
