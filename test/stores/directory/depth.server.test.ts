import { utimesSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, rm, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { phpFiles } from '../../../src/layouts/php-files.ts';
import { resolvedLayout } from '../../../src/layouts/resolve.ts';
import { filesIn, hour, justBefore, old, secondsAgo, volumeOf } from './foreign-files.ts';
import { TestVolume } from './volume.ts';

const php = () => volumeOf(phpFiles, { depth: 2 });

test('stale sessions go, live ones and all folders stay', async () => {
  await using volume = await php();
  await volume.write('a/b/sess_abc', old, 'x|i:1;');
  await volume.write('a/b/sess_abd', 0, 'x|i:1;');
  await volume.write('Z/-/sess_Z-,', old, '');
  expect(await volume.cleanUp()).toMatchObject({ deleted: 2, overdue: 0, remaining: 1 });
  expect(await filesIn(volume)).toEqual(['a/b/sess_abd']);
  expect(await readdir(join(volume.folder, 'Z/-'))).toEqual([]);
});

test('a file that PHP would not find there is left alone', async () => {
  await using volume = await php();
  const others = ['sess_abc', 'a/sess_abc', 'a/b/c/sess_abc', 'a/b/sess_xyz', 'aa/b/sess_abc', 'a/b/other'];
  for (const name of others) await volume.write(name, old, '');
  await mkdir(join(volume.root, 'elsewhere/y'), { recursive: true });
  await symlink(join(volume.root, 'elsewhere'), join(volume.folder, 'x'));
  writeFileSync(join(volume.root, 'elsewhere/y/sess_xyz'), '');
  utimesSync(join(volume.root, 'elsewhere/y/sess_xyz'), 1, 1);
  expect(await volume.cleanUp()).toMatchObject({ deleted: 0, remaining: 0 });
  expect(await filesIn(volume)).toEqual([...others, 'x'].sort());
});

test('a session that is saved between the looks is back in its own folder', async () => {
  await using volume = await php();
  await volume.write('a/b/sess_abc', old, 'x|i:1;');
  const files = justBefore('sess_abc', (path) => writeFileSync(path, 'x|i:2;'));
  expect(await volume.cleanUp({}, files)).toMatchObject({ deleted: 0, remaining: 1 });
  expect(await filesIn(volume)).toEqual(['a/b/sess_abc']);
});

test('sessions that a killed run left in quarantine are settled, the live ones into their own folders', async () => {
  await using volume = await php();
  await volume.write('a/b/sess_abc', 0, 'x|i:1;');
  await rm(join(volume.folder, 'a/b/sess_abc'));
  const batch = join(volume.stateDir, 'quarantine/left');
  await mkdir(batch);
  for (const [name, age] of [
    ['sess_abc', 0],
    ['sess_abd', old],
  ] as const) {
    writeFileSync(join(batch, name), 'x|i:1;');
    utimesSync(join(batch, name), secondsAgo(age), secondsAgo(age));
  }
  await utimes(batch, secondsAgo(hour), secondsAgo(hour));
  expect(await volume.cleanUp()).toMatchObject({ deleted: 1, remaining: 1 });
  expect(await filesIn(volume)).toEqual(['a/b/sess_abc']);
});

test('a live session without its folder waits in quarantine', async () => {
  await using volume = await php();
  const batch = join(volume.stateDir, 'quarantine/left');
  await mkdir(batch);
  writeFileSync(join(batch, 'sess_xyz'), 'x|i:1;');
  await utimes(batch, secondsAgo(hour), secondsAgo(hour));
  const report = await volume.cleanUp();
  expect(report).toMatchObject({ deleted: 0, notes: [expect.stringMatching(/cannot be read/)] });
  await mkdir(join(volume.folder, 'x/y'), { recursive: true });
  await utimes(batch, secondsAgo(hour), secondsAgo(hour));
  expect(await volume.cleanUp()).toMatchObject({ remaining: 1, notes: [] });
  expect(await filesIn(volume)).toEqual(['x/y/sess_xyz']);
});

test('set-up says that PHP needs the subfolders', async () => {
  await using volume = await TestVolume.make(resolvedLayout(phpFiles, { depth: 2 }));
  expect((await volume.setUp()).notes).toEqual([expect.stringMatching(/2 levels of subfolders/)]);
  expect((await volume.setUp()).notes).toEqual([]);
});

test('a session is found by its id', async () => {
  await using volume = await php();
  await volume.write('a/b/sess_abc', old, 'x|i:1;');
  await using store = volume.store();
  expect(await store.hasSession('abc')).toBe(true);
  expect(await store.loadSession('abc')).toEqual(Buffer.from('x|i:1;'));
  expect((await Array.fromAsync(store.iterSessions())).map(([id]) => id)).toEqual(['abc']);
  await store.deleteSession('abc');
  expect(await filesIn(volume)).toEqual([]);
});

test('subfolders that the spec does not name get a note, as clean-up does not enter them', async () => {
  await using volume = await volumeOf(phpFiles);
  expect((await volume.setUp()).notes).toEqual([]);
  await volume.write('a/b/sess_abc', old, '');
  expect((await volume.setUp()).notes).toEqual([expect.stringMatching(/set layoutOptions.depth/)]);
  expect(await volume.cleanUp()).toMatchObject({ deleted: 0, remaining: 0 });
});
