import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { lstat, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { DirectorySessionStore } from '../../../src/stores/directory/store.ts';
import { pickle, sessionPath, TestVolume } from './volume.ts';
import { textOf, type WritingProcess } from './writing-child.ts';

test('a session is saved, loaded, found and deleted', async () => {
  await using volume = await TestVolume.withSessions({});
  const store = volume.store();
  const payload = new Uint8Array([0x80, 4, 0, 255, 10, 13]);
  expect(await store.loadSession('id')).toBeUndefined();
  expect(await store.hasSession('id')).toBe(false);
  await store.saveSession('id', payload);
  expect(Buffer.from((await store.loadSession('id')) ?? [])).toEqual(Buffer.from(payload));
  expect(await store.hasSession('id')).toBe(true);
  await store.deleteSession('id');
  await store.deleteSession('id');
  expect(await store.hasSession('id')).toBe(false);
  expect(await readdir(join(volume.stateDir, 'saving'))).toEqual([]);
});

test('a save always moves the time of change, though nothing changed', async () => {
  await using volume = await TestVolume.withSessions({ id: 7200 });
  const store = volume.store();
  const before = (await stat(join(volume.folder, 'id'))).mtimeMs;
  await store.saveSession('id', pickle('session id'));
  expect((await stat(join(volume.folder, 'id'))).mtimeMs).toBeGreaterThan(before + 7_000_000);
  expect(await volume.cleanUp()).toMatchObject({ deleted: 0, remaining: 1 });
});

test('every session is iterated, whatever its name, and nothing else', async () => {
  await using volume = await TestVolume.withSessions({ one: 0, '.hidden': 0, 'lost+found/x': 0 });
  await writeFile(
    Buffer.concat([Buffer.from(`${volume.folder}/`), Buffer.from([0xff, 0x61])]),
    pickle('odd'),
  );
  await symlink('one', join(volume.folder, 'link'));
  await volume.save('a writer’s leftover', 0, '');
  const store = volume.store();
  const found = new Map<string, string>();
  for await (const [id, payload] of store.iterSessions())
    found.set(id, Buffer.from(payload).toString('latin1', 2));
  expect(found).toEqual(
    new Map([
      ['one', 'session one'],
      ['\udcffa', 'odd'],
    ]),
  );
  expect(
    Buffer.from((await store.loadSession('\udcffa')) ?? [])
      .subarray(2)
      .toString(),
  ).toBe('odd');
});

test('only regular files are sessions', async () => {
  await using volume = await TestVolume.withSessions({});
  await mkdir(join(volume.folder, 'folder'));
  await symlink('/etc/passwd', join(volume.folder, 'link'));
  const store = volume.store();
  for (const id of ['folder', 'link']) {
    expect(await store.hasSession(id)).toBe(false);
    expect(await store.loadSession(id)).toBeUndefined();
  }
  // A save replaces the link itself, never what it leads to.
  await store.saveSession('link', pickle('saved'));
  expect((await lstat(join(volume.folder, 'link'))).isFile()).toBe(true);
  await mkdir(join(volume.folder, 'lost+found'), { recursive: true });
  await volume.store().deleteSession('lost+found');
  const saving = volume.store().saveSession('lost+found', pickle('x'));
  await expect(saving).rejects.toMatchObject({ reason: 'PathInvalid' });
});

test('an id that leaves the folder is refused by every method', async () => {
  await using volume = await TestVolume.withSessions({});
  const store = volume.store();
  const refused = expect.objectContaining({ name: 'StoreError', reason: 'InvalidInput' });
  for (const id of ['../outside', '/etc/passwd', '..', 'a\0b', '']) {
    await expect(store.loadSession(id)).rejects.toEqual(refused);
    await expect(store.saveSession(id, pickle('x'))).rejects.toEqual(refused);
    await expect(store.deleteSession(id)).rejects.toEqual(refused);
    await expect(store.hasSession(id)).rejects.toEqual(refused);
  }
});

test('an empty session is refused, because session3 would wait for it indefinitely', async () => {
  await using volume = await TestVolume.withSessions({});
  const saving = volume.store().saveSession('id', new Uint8Array());
  await expect(saving).rejects.toMatchObject({ reason: 'InvalidInput' });
});

test('a session that a session3 writer has emptied, but not yet filled, is waited for', async () => {
  await using volume = await TestVolume.withSessions({});
  const path = join(volume.folder, 'id');
  let found = 0;
  // Its writer fills it before it is read again.
  const files = {
    ...fs,
    promises: {
      ...fs.promises,
      open: async (...args: Parameters<typeof fs.promises.open>) => {
        if (String(args[0]) === path && ++found === 2) fs.writeFileSync(path, pickle('filled'));
        return fs.promises.open(...args);
      },
    },
  };
  // However slow the machine is, the file has not been empty for longer than a writer takes.
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    await volume.save('id', 0, '');
    expect(Buffer.from((await volume.store(files).loadSession('id')) ?? [])).toEqual(pickle('filled'));
  } finally {
    vi.useRealTimers();
  }
  expect(found).toBe(2);
});

test('an empty file that stays empty is not a session', async () => {
  await using volume = await TestVolume.withSessions({});
  await volume.save('old', 60, '');
  await volume.save('new', 0, '');
  expect(await volume.store().loadSession('old')).toBeUndefined();
  expect(await volume.store().hasSession('old')).toBe(false);
  expect(await volume.store().loadSession('new')).toBeUndefined();
});

test('a folder that is not there is a StoreError that says so', async () => {
  await using volume = await TestVolume.make();
  const saving = volume.store().saveSession('id', pickle('x'));
  await expect(saving).rejects.toMatchObject({ reason: 'StoreMissing' });
});

test('a program names its folder as it names any other', async () => {
  await using volume = await TestVolume.make();
  const store = new DirectorySessionStore({ path: join(volume.root, 'mine') });
  await mkdir(join(volume.root, 'mine'));
  await store.saveSession('id', pickle('x'));
  expect(await readdir(join(volume.root, 'mine'))).toEqual(['id']);
  expect((await readdir(volume.root)).sort()).toEqual([`.sessionstore-${basename('mine')}`, 'mine']);
});

test('several processes with several writers tear nothing and lose nothing, beside a clean-up', async () => {
  await using volume = await TestVolume.withSessions({});
  const [processes, writers, own, shared, rounds] = [4, 8, 25, 10, 100];
  // They are stale to begin with, so that the clean-up reaches for them as they are saved.
  for (let p = 0; p < processes; p++) {
    for (let w = 0; w < writers; w++) {
      for (let i = 0; i < own; i++) await volume.save(`own-${p}-${w}-${i}`, 7200);
    }
  }
  const program = join(import.meta.dirname, 'writing-child.ts');
  const running = Array.from({ length: processes }, (_, number) => {
    const run: WritingProcess = {
      root: volume.root,
      path: sessionPath,
      number,
      writers,
      own,
      shared,
      rounds,
    };
    return promisify(execFile)(process.execPath, [program, JSON.stringify(run)]);
  });
  const ended = Promise.all(running);
  await volume.cleanUp({ pace: 'polite' });
  await ended;
  const texts = new Map<string, string>();
  for await (const [id, payload] of volume.store().iterSessions()) texts.set(id, textOf(payload));
  expect(texts.size).toBe(processes * writers * own + shared);
  for (const [id, text] of texts) {
    const last = rounds - own + Number(id.split('-').at(-1));
    expect(text).toBe(id.startsWith('own') ? `${last}` : id);
  }
  console.log(
    `${processes} processes with ${writers} writers each: ${texts.size} sessions, none torn, none lost`,
  );
});
