import { expect, test } from 'vitest';
import { kinds, TestShelf } from './fixture.ts';

const writers = 4;
const each = 25;

test('TypeScript programs share a shelf of any kind: nothing is torn, nothing is lost', async () => {
  for (const dbm of kinds) {
    await using shelf = await TestShelf.make();
    await shelf.setUp({ dbm });
    // Each store has a Python process of its own, and asks it several things at once.
    const writer = async (name: string): Promise<void> => {
      await using store = shelf.store();
      expect([store.isMultiprocessSafe, store.isThreadSafe]).toEqual([true, true]);
      const save = async (n: number) => {
        await store.saveSession(`${name}-${n}`, Buffer.from(`first ${n}`));
        await store.saveSession(`${name}-${n}`, Buffer.from('x'.repeat(n * 100)));
        if (n % 5 === 4) await store.deleteSession(`${name}-${n}`);
      };
      await Promise.all(Array.from({ length: each }, (_, n) => save(n)));
    };
    await Promise.all(Array.from({ length: writers }, (_, n) => writer(`w${n}`)));
    await using store = shelf.store();
    const found = new Map<string, number>();
    for await (const [id, payload] of store.iterSessions()) found.set(id, payload.length);
    expect(found.size, dbm).toBe((writers * each * 4) / 5);
    for (const [id, length] of found) expect(length).toBe(Number(id.split('-')[1]) * 100);
  }
});

test('session3’s own class loses sessions on a shelf without a lock, which is why its flag is false', async () => {
  for (const dbm of ['ndbm', 'dumb'] as const) {
    await using shelf = await TestShelf.make();
    await shelf.setUp({ dbm });
    await using slow = await shelf.shop();
    await using quick = await shelf.shop();
    await slow.saveSlowly('slow', async () => {
      expect(await quick.burst('quick', 100)).toEqual({ saved: 100, failed: {}, lost: [] });
    });
    const lost = await quick.missing(Array.from({ length: 100 }, (_, n) => `quick-${n}`));
    console.log(
      `session3 on a shared ${dbm}: of 100 log-ins beside one slow request ${lost.length} were lost`,
    );
    expect(lost.length, dbm).toBeGreaterThan(0);
  }
});

test('ours loses none of them', async () => {
  for (const dbm of ['ndbm', 'dumb'] as const) {
    await using shelf = await TestShelf.make();
    await shelf.setUp({ dbm, form: 'Safe' });
    await using store = shelf.store({ form: 'Safe' });
    await using slow = await shelf.shop({ safe: true });
    const saves = Array.from({ length: 100 }, (_, n) => `quick-${n}`);
    await slow.saveSlowly('slow', async () => {
      await Promise.all(saves.map((id) => store.saveSession(id, Buffer.from('{}'))));
    });
    expect((await shelf.ids()).length, dbm).toBe(101);
  }
});

test('sessions are listed as they are asked for, not read into memory first', async () => {
  await using shelf = await TestShelf.make();
  await shelf.setUp();
  await using store = shelf.store();
  const payload = Buffer.alloc(50_000, 'x');
  for (let n = 0; n < 100; n++) await store.saveSession(`s${n}`, payload);
  let seen = 0;
  for await (const [id] of store.iterSessions()) {
    expect(id).toMatch(/^s/);
    // Sessions that were not read yet may still be deleted.
    if (++seen === 1) for (let n = 0; n < 100; n++) await store.deleteSession(`s${n}`);
  }
  expect(seen).toBeGreaterThan(0);
  expect(seen).toBeLessThan(100);
});
