import { afterAll, beforeAll, expect, test } from 'vitest';
import { layoutOf } from '../../../src/layouts/index.ts';
import { openStore } from '../../../src/stores/index.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { sharedPostgres } from '../../servers/shared.ts';
import { refusal } from '../refusal.ts';
import { sessionsTable } from './cleanup-fixture.ts';
import { connectPgSimpleTable, makeShop, type Shop } from './fixture.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await sharedPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const storeOf = (shop: Shop, layout = 'session3', timeZone?: string) =>
  openStore('postgres', {
    spec: { connection: { secretName: 'shop-db' } },
    layout: layoutOf(layout),
    volumePath: '',
    connectionPath: shop.folder,
    ...(timeZone !== undefined && { timeZone }),
  });

test('a session is saved, found, loaded byte by byte, replaced and deleted', async () => {
  const shop = await makeShop(postgres);
  await shop.setUp({ layout: 'session3' });
  await using store = await storeOf(shop);
  const payload = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  expect(await store.hasSession('a')).toBe(false);
  expect(await store.loadSession('a')).toBeUndefined();
  await store.saveSession('a', payload);
  await store.saveSession('b', new Uint8Array());
  expect(await store.hasSession('a')).toBe(true);
  expect(Buffer.from((await store.loadSession('a')) ?? '')).toEqual(Buffer.from(payload));
  expect(await store.loadSession('b')).toHaveLength(0);
  await store.saveSession('a', Buffer.from('other'));
  expect(String(await store.loadSession('a'))).toBe('other');
  await store.deleteSession('a');
  await store.deleteSession('a');
  expect(await store.hasSession('a')).toBe(false);
  expect(await store.hasSession('b')).toBe(true);
});

test('saving always moves the time of change, even where nothing else changes', async () => {
  const shop = await makeShop(postgres, sessionsTable);
  await using store = await storeOf(shop);
  await store.saveSession('a', Buffer.from('same'));
  await shop.sql(`UPDATE sessions SET modify_time = now() - interval '1 year'`);
  await store.saveSession('a', Buffer.from('same'));
  const rows = await shop.sql(`SELECT FROM sessions WHERE modify_time > now() - interval '1 minute'`);
  expect(rows).toHaveLength(1);
});

test.each(['repeatable read', 'serializable'])(
  'many may write one session at once where the role’s default is %s',
  async (isolation) => {
    const shop = await makeShop(postgres, sessionsTable);
    await shop.sql(`ALTER ROLE ${shop.role.user} SET default_transaction_isolation = '${isolation}'`);
    await using stores = new AsyncDisposableStack();
    const work = Array.from({ length: 6 }, async (_, writer) => {
      const store = stores.use(await storeOf(shop));
      for (let n = 0; n < 40; n++) {
        if (writer === 0 && n % 4 === 0) await store.deleteSession('hot');
        else await store.saveSession('hot', Buffer.from(`${writer} ${n}`));
      }
    });
    await Promise.all(work);
    const store = stores.use(await storeOf(shop));
    await store.saveSession('hot', Buffer.from('last'));
    expect(String(await store.loadSession('hot'))).toBe('last');
  },
);

test('a naive time of change is saved in the application’s zone', async () => {
  const shop = await makeShop(postgres, sessionsTable.replace('timestamptz', 'timestamp'));
  await using store = await storeOf(shop, 'session3', 'Asia/Tokyo');
  await store.saveSession('a', Buffer.from('a'));
  const [row] = await shop.sql<{ seconds: number }>(`
    SELECT abs(extract(epoch FROM modify_time - (now() AT TIME ZONE 'Asia/Tokyo')))::float8 AS seconds FROM sessions`);
  expect(row?.seconds).toBeLessThan(60);
});

test.each(['plain', 'naïve ☃ 🍪', '"; DROP TABLE sessions; --', ' ', 'x'.repeat(1024)])(
  'the id %j comes back as it went',
  async (id) => {
    const shop = await makeShop(postgres, sessionsTable);
    await using store = await storeOf(shop);
    await store.saveSession(id, Buffer.from(id));
    expect(String(await store.loadSession(id))).toBe(id);
    const ids: string[] = [];
    for await (const [each] of store.iterSessions()) ids.push(each);
    expect(ids).toEqual([id]);
  },
);

test.each([
  ['', /is empty/],
  ['a\0b', /holds a NUL/],
  ['\ud800', /not well-formed text/],
  ['é'.repeat(513), /longer than 1024 bytes/],
])('the id %j is refused by every method', async (id, words) => {
  const shop = await makeShop(postgres, sessionsTable);
  await using store = await storeOf(shop);
  const refused = refusal('InvalidInput', words);
  await refused(store.loadSession(id));
  await refused(store.hasSession(id));
  await refused(store.deleteSession(id));
  await refused(store.saveSession(id, Buffer.from('x')));
});

test('all sessions are walked through once, in flat memory, while others come and go', async () => {
  const shop = await makeShop(postgres, sessionsTable);
  // 200 MB in all.
  await shop.sql(`ALTER TABLE sessions ALTER pickle SET STORAGE EXTERNAL;
    INSERT INTO sessions SELECT 'id-' || n, decode(repeat(md5(n::text), 6250), 'hex') FROM generate_series(1, 2000) n`);
  await using store = await storeOf(shop);
  const seen = new Set<string>();
  let highest = 0;
  const before = process.memoryUsage().arrayBuffers;
  for await (const [id, payload] of store.iterSessions()) {
    expect(payload).toHaveLength(100_000);
    expect(seen.has(id)).toBe(false);
    seen.add(id);
    if (seen.size === 1000) await store.deleteSession('id-2000');
    highest = Math.max(highest, process.memoryUsage().arrayBuffers - before);
  }
  const walked = [...seen].filter((id) => id !== 'id-2000');
  expect(walked).toHaveLength(1999);
  expect(highest).toBeLessThan(120_000_000);
});

test('sessions of connect-pg-simple are read as their text, and deleted; saving them is left to it', async () => {
  const shop = await makeShop(postgres, connectPgSimpleTable());
  const text = '{"cookie": {"a":1.0},  "b":"☃"}';
  await shop.sql(`INSERT INTO session VALUES ('s1', '${text}', now()), ('s2', '{}', now())`);
  await using store = await storeOf(shop, 'connect-pg-simple');
  expect(await store.hasSession('s1')).toBe(true);
  expect(String(await store.loadSession('s1'))).toBe(text);
  await refusal(
    'InvalidInput',
    /connect-pg-simple .*with its own library/,
  )(store.saveSession('s1', Buffer.from('{}')));
  await store.deleteSession('s1');
  const sessions: string[] = [];
  for await (const [id, payload] of store.iterSessions()) sessions.push(`${id} ${payload}`);
  expect(sessions).toEqual(['s2 {}']);
});

test('saving bytes into session3’s own text column, or without a unique id, is refused with what to do', async () => {
  const text = await makeShop(postgres, sessionsTable.replace('bytea', 'text'));
  await text.sql(`INSERT INTO sessions VALUES ('a', 'text')`);
  await using inText = await storeOf(text);
  expect(String(await inText.loadSession('a'))).toBe('text');
  await refusal('ShapeMismatch', /take bytes in "pickle"/)(inText.saveSession('a', Buffer.from('x')));
  const loose = await makeShop(postgres, sessionsTable.replace('PRIMARY KEY', ''));
  await using inLoose = await storeOf(loose);
  await refusal('ShapeMismatch', /unique index on "id"/)(inLoose.saveSession('a', Buffer.from('x')));
});

test('a table that is not there is StoreMissing', async () => {
  const shop = await makeShop(postgres);
  await using store = await storeOf(shop);
  await refusal('StoreMissing', /sessions/)(store.loadSession('a'));
});
