import { expect, test } from 'vitest';
import { asBytes, type Codec, jsonCodec } from '../../src/stores/codec.ts';
import { PostgresSessionStore } from '../../src/stores/library.ts';
import { type Opener, ReconnectingStore } from '../../src/stores/reconnecting-store.ts';
import type { ByteStore } from '../../src/stores/session-store.ts';

class TestStore<Payload = Uint8Array> extends ReconnectingStore<Payload> {
  readonly isMultiprocessSafe = false;
  readonly isThreadSafe = false;

  constructor(opener: Opener, codec?: Codec<Payload>) {
    super(opener, codec);
  }
}

/** A store in memory that a test can observe. */
function inMemory(log: string[] = []) {
  const sessions = new Map<string, Uint8Array>();
  const store: Pick<ByteStore, 'loadSession' | 'saveSession' | 'hasSession' | typeof Symbol.asyncDispose> = {
    loadSession: async (id) => sessions.get(id),
    saveSession: async (id, payload) => {
      await Promise.resolve();
      sessions.set(id, payload);
      log.push(`saved ${id}`);
    },
    hasSession: async (id) => sessions.has(id),
    [Symbol.asyncDispose]: async () => {
      log.push('closed');
    },
  };
  return store as ByteStore;
}

test('a store is opened by the first call, once for all that overlap, and again after it was lost', async () => {
  const opened: (() => void)[] = [];
  const store = new TestStore(async (lost) => {
    opened.push(lost);
    return inMemory();
  });
  expect(opened).toHaveLength(0);
  await Promise.all([store.hasSession('a'), store.loadSession('a'), store.open()]);
  expect(opened).toHaveLength(1);
  opened[0]?.();
  await store.hasSession('a');
  expect(opened).toHaveLength(2);
  // News of the one before is no news.
  opened[0]?.();
  await store.hasSession('a');
  expect(opened).toHaveLength(2);
});

test('where opening fails, the call says why, and the next one tries again', async () => {
  let tries = 0;
  const store = new TestStore(async () => {
    tries += 1;
    if (tries === 1) throw new Error('not now');
    return inMemory();
  });
  await expect(store.hasSession('a')).rejects.toThrow('not now');
  expect(await store.hasSession('a')).toBe(false);
});

test('closing waits for what was asked before, and ends all use', async () => {
  const log: string[] = [];
  const store = new TestStore(async () => inMemory(log));
  const saves = [store.saveSession('a', new Uint8Array()), store.saveSession('b', new Uint8Array())];
  await store[Symbol.asyncDispose]();
  expect(log).toEqual(['saved a', 'saved b', 'closed']);
  await Promise.all(saves);
  await expect(store.hasSession('a')).rejects.toMatchObject({ reason: 'InvalidInput' });
  await store[Symbol.asyncDispose]();
  expect(log).toHaveLength(3);
});

test('a store that was never used closes without being opened', async () => {
  const store = new TestStore(() => {
    throw new Error('must not be opened');
  });
  await store[Symbol.asyncDispose]();
});

test('a payload is encoded when it is given, whatever becomes of it afterwards', async () => {
  const store = new TestStore(async () => inMemory(), jsonCodec<{ count: number }>());
  const payload = { count: 1 };
  const saving = store.saveSession('a', payload);
  payload.count = 2;
  await saving;
  expect(await store.loadSession('a')).toEqual({ count: 1 });
});

test('invalid JSON is ShapeMismatch and does not quote the session; values that JSON cannot express are refused', async () => {
  const bytes = inMemory();
  const store = new TestStore<unknown>(async () => bytes, jsonCodec());
  for (const text of ['{"secret', '\xff', '']) {
    await bytes.saveSession('a', Buffer.from(text, 'latin1'));
    const error = await store.loadSession('a').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: 'ShapeMismatch', message: expect.stringMatching(/in JSON/) });
    expect(String((error as Error).message) + String((error as Error).cause)).not.toContain('secret');
  }
  await expect(store.saveSession('a', undefined)).rejects.toMatchObject({ reason: 'InvalidInput' });
  await expect(store.saveSession('a', 1n)).rejects.toMatchObject({ reason: 'InvalidInput' });
});

test('types: bytes without a codec, its payloads with one, and nothing else', () => {
  const uri = 'postgres://app@db/shop';
  const ofBytes: ReconnectingStore<Uint8Array> = new PostgresSessionStore({ uri });
  const ofCounts: ReconnectingStore<number> = new PostgresSessionStore({ uri, codec: jsonCodec<number>() });
  // @ts-expect-error: numbers need a codec.
  new PostgresSessionStore<number>({ uri });
  // @ts-expect-error: neither a uri nor a host.
  expect(() => new PostgresSessionStore({ user: 'app', database: 'shop' })).toThrow('lack host (or a uri');
  expect([ofBytes.isThreadSafe, ofCounts.isThreadSafe, asBytes.decode(new Uint8Array()).length]).toEqual([
    true,
    true,
    0,
  ]);
});
