import { expect, test } from 'vitest';
import { TestDurus } from './fixture.ts';

const writers = 3;
const each = 25;

test.each(['Session3', 'Safe'] as const)(
  'TypeScript programs share a server (%s form): nothing is torn, nothing is lost',
  async (form) => {
    await using durus = await TestDurus.make();
    await durus.setUp({ form });
    await durus.serve();
    // Each store has a Python process of its own, and asks it several things at once.
    const writer = async (name: string): Promise<void> => {
      await using store = durus.store({ form });
      expect([store.isMultiprocessSafe, store.isThreadSafe]).toEqual([true, true]);
      const save = async (n: number) => {
        await store.saveSession(`${name}-${n}`, Buffer.from(`first ${n}`));
        await store.saveSession(`${name}-${n}`, Buffer.from('x'.repeat(n * 100)));
        if (n % 5 === 4) await store.deleteSession(`${name}-${n}`);
      };
      await Promise.all(Array.from({ length: each }, (_, n) => save(n)));
    };
    await Promise.all(Array.from({ length: writers }, (_, n) => writer(`w${n}`)));
    await using store = durus.store({ form });
    const found = new Map<string, number>();
    for await (const [id, payload] of store.iterSessions()) found.set(id, payload.length);
    expect(found.size).toBe((writers * each * 4) / 5);
    for (const [id, length] of found) expect(length).toBe(Number(id.split('-')[1]) * 100);
  },
);

test('a file is one program’s alone, which is why the flag is false there: any other gets LockTimeout', async () => {
  await using durus = await TestDurus.make();
  await durus.setUp();
  await using one = durus.store();
  await using other = durus.store();
  expect([one.isMultiprocessSafe, one.isThreadSafe]).toEqual([false, true]);
  await Promise.all(Array.from({ length: each }, (_, n) => one.saveSession(`s${n}`, Buffer.from(`${n}`))));
  await expect(other.saveSession('b', Buffer.from('{}'))).rejects.toMatchObject({ reason: 'LockTimeout' });
  const ids: string[] = [];
  for await (const [id] of one.iterSessions()) ids.push(id);
  expect(ids).toHaveLength(each);
});
