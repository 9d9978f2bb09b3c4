import { execFile } from 'node:child_process';
import { appendFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { venvPython } from '../../../scripts/cluster/venv.ts';
import type { SessionStore } from '../../../src/stores/session-store.ts';
import { hour, owner, TestDurus } from '../durus/fixture.ts';
import { TestShelf } from '../shelve/fixture.ts';

const program = fileURLToPath(new URL('./hostile.py', import.meta.url));

async function hostile(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(await venvPython(), ['-B', program, ...args], {
    maxBuffer: 2 ** 24,
  });
  return stdout;
}

async function pickles(trap: string): Promise<ReadonlyMap<string, Buffer>> {
  const encoded = z.record(z.string(), z.string()).parse(JSON.parse(await hostile('pickles', trap)));
  return new Map(Object.entries(encoded).map(([name, data]) => [name, Buffer.from(data, 'base64')]));
}

const exists = async (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Everything a store says of them, by each of its methods. */
async function readAll(store: SessionStore): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for await (const [id, payload] of store.iterSessions()) found.set(id, Buffer.from(payload));
  for (const [id, payload] of found) {
    expect(await store.hasSession(id)).toBe(true);
    expect(Buffer.from((await store.loadSession(id)) ?? []).equals(payload), id).toBe(true);
  }
  return found;
}

const without = (sessions: ReadonlyMap<string, Buffer>, gone: string) =>
  new Map([...sessions].filter(([id]) => id !== gone));

test('these pickles do run their command where a program loads them', async () => {
  await using shelf = await TestShelf.make();
  const trap = join(shelf.root, 'trap');
  const loaded = execFile(await venvPython(), ['-B', program, 'load']);
  loaded.stdin?.end((await pickles(trap)).get('commands within commands'));
  await new Promise((resolve) => loaded.once('close', resolve));
  expect(await exists(trap)).toBe(true);
});

test.each(['gnu', 'dumb'] as const)(
  'hostile sessions in a shelf (%s) are kept and counted, and come out as they went in; nothing of them is run',
  async (dbm) => {
    await using shelf = await TestShelf.make();
    const trap = join(shelf.root, 'trap');
    await shelf.setUp({ dbm });
    await hostile('shelve', shelf.path, trap);
    const all = await pickles(trap);
    {
      await using store = shelf.store();
      expect([...(await readAll(store)).keys()].sort()).toEqual([...all.keys()].sort());
    }
    // All but the two that tell their age.
    const counted = { unreadable: all.size - 2, complete: true };
    expect(await shelf.cleanUp({}, { dryRun: true })).toMatchObject({ ...counted, overdue: 1 });
    expect(await shelf.cleanUp()).toMatchObject({ ...counted, deleted: 1, remaining: all.size - 1 });
    expect((await shelf.setUp({ form: 'Safe' }, { migrate: true })).notes.join()).toMatch(/^Migrated/);
    await using store = shelf.store({ form: 'Safe' });
    const migrated = await readAll(store);
    for (const [id, payload] of without(all, 'stale'))
      if (id !== 'live') expect(migrated.get(id)?.equals(payload), id).toBe(true);
    expect(migrated.size).toBe(all.size - 1);
    // Now each has a time, and grows old as any other.
    expect(await shelf.cleanUp({ form: 'Safe' })).toMatchObject({ unreadable: 0, deleted: 0 });
    expect(await shelf.cleanUp({ form: 'Safe' }, { ageSeconds: 0 })).toMatchObject({ remaining: 0 });
    expect(await exists(trap)).toBe(false);
  },
);

test('hostile objects in a Durus storage are kept and counted; nothing of them is run', async () => {
  await using durus = await TestDurus.make();
  const trap = join(durus.root, 'trap');
  await durus.setUp();
  await hostile('durus', durus.path, trap);
  const counted = { unreadable: 3, complete: true };
  expect(await durus.cleanUp({}, { dryRun: true })).toMatchObject({ ...counted, overdue: 1 });
  expect(await durus.cleanUp()).toMatchObject({ ...counted, deleted: 1, remaining: 4 });
  const before = await (async () => {
    await using store = durus.store();
    return await readAll(store);
  })();
  expect([...before.keys()].sort()).toEqual([
    'command',
    'command with a state',
    'commands within commands',
    'live',
  ]);
  const { notes } = await durus.setUp({ form: 'Safe' }, { migrate: true });
  expect(notes).toEqual([expect.stringMatching(/^Migrated 4 sessions to the safe form; 3 had no time/)]);
  {
    await using store = durus.store({ form: 'Safe' });
    expect(await readAll(store)).toEqual(before);
    const all = await pickles(trap);
    for (const [id, payload] of all) await store.saveSession(id, payload);
    const found = await readAll(store);
    for (const [id, payload] of all) expect(found.get(id)?.equals(payload), id).toBe(true);
  }
  expect(await durus.cleanUp({ form: 'Safe' }, { ageSeconds: 0 })).toMatchObject({ remaining: 0 });
  expect(await exists(trap)).toBe(false);
});

test('a Durus file that ends within a transaction is left as it is, and the sentence says how to mend it', async () => {
  await using durus = await TestDurus.make();
  await durus.setUp();
  await hostile('durus', durus.path, join(durus.root, 'trap'));
  await appendFile(
    durus.path,
    Buffer.concat([Buffer.alloc(6), Buffer.from([0x10, 0]), Buffer.alloc(100, 'x')]),
  );
  const before = await readFile(durus.path);
  await using store = durus.store();
  await expect(store.deleteOldSessions({ owner, ageSeconds: hour })).rejects.toMatchObject({
    reason: 'ShapeMismatch',
    message: expect.stringMatching(/to end with a whole transaction.*durus -s --repair/),
  });
  expect((await readFile(durus.path)).equals(before)).toBe(true);
});
