import { expect, test } from 'vitest';
import type { SessionStore } from '../../../src/stores/session-store.ts';
import { onEveryStore } from './fixture.ts';

const count = 600;

onEveryStore((fixture) => {
  test('while others are saved and deleted, each session that stays is seen, as it was saved', async () => {
    const location = await fixture.readyLocation();
    await location.fill(count, 64);
    await using store = fixture.store(location);
    const { seen, gone } = await walk(store);
    const filled = Array.from({ length: count }, (_, number) => `filled-${number}`);
    const stayed = filled.filter((id) => !gone.has(id));
    expect(stayed.filter((id) => !seen.has(id))).toEqual([]);
    expect(gone.size).toBeGreaterThan(20);
    for (const [id, payload] of seen) expect(payload, id).toHaveLength(id.startsWith('new') ? 3 : 64);
  });

  test('a walk that is broken off leaves a store that can be used', async () => {
    const location = await fixture.readyLocation();
    await location.fill(count, 64);
    await using store = fixture.store(location);
    for await (const [id] of store.iterSessions()) {
      expect(await store.hasSession(id)).toBe(true);
      break;
    }
    await store.saveSession('a', Buffer.from('a'));
    expect(await store.hasSession('a')).toBe(true);
  });
});

/** Walks over all sessions, and saves and deletes some at each fiftieth. */
async function walk(store: SessionStore) {
  const gone = new Set<string>();
  const seen = new Map<string, Uint8Array>();
  for await (const [id, payload] of store.iterSessions()) {
    seen.set(id, payload);
    if (seen.size % 50 !== 1) continue;
    await store.saveSession(`new-${seen.size}`, Buffer.from('new'));
    // A session that was seen, one that may come soon, and one that may come late.
    for (const victim of [id, `filled-${seen.size + 70}`, `filled-${count - seen.size}`]) {
      await store.deleteSession(victim);
      gone.add(victim);
    }
  }
  return { gone, seen };
}
