import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { jsonCodec } from '../../../src/stores/codec.ts';
import { hour, onEveryStore, reasonOf, type StoreFixture, sessionsOf } from './fixture.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** Ids from clients: refused with InvalidInput by all four methods, or stored like any other. */
const hostileIds = [
  ...[
    '../x',
    '../../x',
    'a/b',
    '/etc/x',
    '..',
    '.',
    '.hidden',
    '',
    ' ',
    'a ',
    'CON',
    'a\0b',
    'a\nb',
    '\\',
    '%2e%2e%2f',
  ],
  ...['🍪☃', 'é', 'e\u0301', '\ud800', "'; DROP TABLE sessions; --", '"', '`', '$1', '-rf', '__proto__'],
  ...['x'.repeat(255), 'x'.repeat(256), 'é'.repeat(200), 'x'.repeat(1024), 'x'.repeat(100_000)],
];

onEveryStore((fixture) => {
  test('a session is saved, found, loaded byte by byte, replaced and deleted', () => lifeOf(fixture));

  test('a missing session is undefined, and deleting it is not an error', async () => {
    await using store = fixture.store(await fixture.readyLocation());
    expect(await store.loadSession('a')).toBeUndefined();
    expect(await store.hasSession('a')).toBe(false);
    await store.deleteSession('a');
    expect(await sessionsOf(store)).toEqual({});
  });

  test('without set-up every method says StoreMissing', async () => {
    await using store = fixture.store(await fixture.location());
    expect(await reasonOf(store.loadSession('a'))).toSatisfy(isMissing);
    expect(await reasonOf(store.saveSession('a', bytes('x')))).toBe('StoreMissing');
    expect(await reasonOf(store.deleteOldSessions({ ageSeconds: hour }))).toBe('StoreMissing');
  });

  test.each([
    ['of a mebibyte', randomBytes(2 ** 20)],
    ['of NUL alone', Buffer.alloc(3)],
    ['that ends like a pickle', Buffer.from([0x80, 4, 0x4e, 0x2e])],
  ])('a payload %s comes back as it went', async (_title, payload) => {
    await using store = fixture.store(await fixture.readyLocation());
    await store.saveSession('a', payload);
    expect(Buffer.from((await store.loadSession('a')) ?? []).equals(payload)).toBe(true);
    expect(await sessionsOf(store)).toEqual({ a: payload.toString('latin1') });
  });

  test('a payload of no bytes comes back as it went, or is refused', async () => {
    await using store = fixture.store(await fixture.readyLocation());
    const outcome = await reasonOf(store.saveSession('a', new Uint8Array()));
    if (outcome === 'InvalidInput') expect(await store.hasSession('a')).toBe(false);
    else expect(await store.loadSession('a')).toHaveLength(0);
  });

  test('payloads of a program’s own type go through its codec', async () => {
    interface Cart {
      readonly items: readonly string[];
      readonly note: string;
    }
    const cart: Cart = { items: ['☃', '🍪'], note: '' };
    await using store = fixture.store(await fixture.readyLocation(), jsonCodec<Cart>());
    await store.saveSession('a', cart);
    expect(await store.loadSession('a')).toEqual(cart);
    const sessions = [];
    for await (const session of store.iterSessions()) sessions.push(session);
    expect(sessions).toEqual([['a', cart]]);
  });

  test('whether a session exists is told without reading it', async () => {
    const location = await fixture.readyLocation();
    const unreadable = {
      encode: bytes,
      decode: (): string => {
        throw new Error('must not be read');
      },
    };
    await using store = fixture.store<string>(location, unreadable);
    await store.saveSession('a', 'x');
    expect(await store.hasSession('a')).toBe(true);
    expect(await reasonOf(store.loadSession('a'))).toBe('ShapeMismatch');
  });

  describe('ids', () => ids(fixture));
});

const payloadOf = (id: string): string => `payload of ${JSON.stringify(id.slice(0, 50))}`;

const isMissing = (outcome: unknown): boolean =>
  outcome === 'StoreMissing' || (outcome as { result?: unknown }).result === undefined;

async function lifeOf(fixture: StoreFixture): Promise<void> {
  const location = await fixture.readyLocation();
  await using store = fixture.store(location);
  const payload = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  await store.saveSession('a', payload);
  await store.saveSession('b', bytes('b'));
  expect(await store.hasSession('a')).toBe(true);
  expect(Buffer.from((await store.loadSession('a')) ?? [])).toEqual(Buffer.from(payload));
  await store.saveSession('a', bytes('other'));
  expect(await sessionsOf(store)).toEqual({ a: 'other', b: 'b' });
  await store.deleteSession('a');
  expect(await store.hasSession('a')).toBe(false);
  expect(await store.loadSession('a')).toBeUndefined();
  expect(await sessionsOf(store)).toEqual({ b: 'b' });
}

function ids(fixture: StoreFixture): void {
  test('each is stored as it is or refused by every method, and nothing is touched outside', async () => {
    const location = await fixture.readyLocation();
    const before = await location.outside();
    await using store = fixture.store(location);
    const kept: Record<string, string> = {};
    for (const id of hostileIds) {
      const outcome = await reasonOf(store.saveSession(id, bytes(payloadOf(id))));
      if (outcome === 'InvalidInput') {
        expect(await reasonOf(store.loadSession(id)), JSON.stringify(id)).toBe('InvalidInput');
        expect(await reasonOf(store.hasSession(id))).toBe('InvalidInput');
        expect(await reasonOf(store.deleteSession(id))).toBe('InvalidInput');
      } else {
        expect(outcome, JSON.stringify(id)).toEqual({ result: undefined });
        Object.defineProperty(kept, id, { value: payloadOf(id), enumerable: true });
      }
    }
    for (const [id, payload] of Object.entries(kept)) {
      expect(Buffer.from((await store.loadSession(id)) ?? []).toString(), JSON.stringify(id)).toBe(payload);
    }
    const found = new Map<string, string>();
    for await (const [id, payload] of store.iterSessions()) found.set(id, Buffer.from(payload).toString());
    expect(found).toEqual(new Map(Object.entries(kept)));
    for (const id of Object.keys(kept)) await store.deleteSession(id);
    expect(await sessionsOf(store)).toEqual({});
    expect(await location.outside()).toEqual(before);
    // Ids that applications use are not refused.
    expect(Object.keys(kept)).toEqual(expect.arrayContaining(['🍪☃', 'CON', 'é', '-rf', 'x'.repeat(255)]));
  });

  test('that differ in case, in accents’ form or in a space at the end are different sessions', async () => {
    await using store = fixture.store(await fixture.readyLocation());
    const similar = ['a', 'A', 'ä', 'a\u0308', 'ss', 'ß', 'a '];
    const kept: string[] = [];
    for (const id of similar) {
      const outcome = await reasonOf(store.saveSession(id, bytes(`of ${id}`)));
      if (outcome !== 'InvalidInput') kept.push(id);
    }
    for (const id of kept)
      expect(Buffer.from((await store.loadSession(id)) ?? []).toString()).toBe(`of ${id}`);
    expect(kept).toEqual(expect.arrayContaining(['a', 'A', 'ä', 'a\u0308']));
    expect(Object.keys(await sessionsOf(store))).toHaveLength(kept.length);
  });
}
