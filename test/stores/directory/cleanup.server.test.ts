import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { link, mkdir, readdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { owner, pickle, TestVolume } from './volume.ts';
import { watchedFiles } from './watched-files.ts';

const failsWith = (reason: string, message: RegExp) =>
  expect.objectContaining({ reason, message: expect.stringMatching(message) });

const old = 7200;

test.each(['polite', 'full'] as const)('exactly what is too old is deleted, pace: %s', async (pace) => {
  await using volume = await TestVolume.withSessions({ 'just dead': 3700, live: 3500, new: 0 });
  for (let i = 0; i < 300; i++) await volume.save(`stale-${i}`, old);
  expect(await volume.cleanUp({ pace })).toEqual({
    deleted: 301,
    overdue: 0,
    remaining: 2,
    complete: true,
    dryRun: false,
    notes: [],
  });
  expect(await volume.names()).toEqual(['live', 'new']);
  expect(await readdir(join(volume.stateDir, 'quarantine'))).toEqual([]);
});

test('age is mtime, whatever ctime says', async () => {
  await using volume = await TestVolume.withSessions({ old });
  await link(join(volume.folder, 'old'), join(volume.root, 'a link that moves its ctime'));
  expect(await volume.cleanUp()).toMatchObject({ deleted: 1 });
});

test('folders, links, dot-files and pipes are left alone', async () => {
  await using volume = await TestVolume.withSessions({ stale: old, '.hidden': old, 'lost+found/x': old });
  const past = new Date(Date.now() - old * 1000);
  await utimes(join(volume.folder, 'lost+found'), past, past);
  await writeFile(join(volume.root, 'target'), 'x');
  await utimes(join(volume.root, 'target'), past, past);
  await symlink('../../target', join(volume.folder, 'link'));
  execFileSync('mkfifo', [join(volume.folder, 'pipe')]);
  await utimes(join(volume.folder, 'pipe'), past, past);
  expect(await volume.cleanUp()).toMatchObject({ deleted: 1, remaining: 0 });
  expect(await volume.names()).toEqual(['.hidden', 'link', 'lost+found', 'pipe']);
});

test('a writer’s leftover without bytes is deleted when it is old, and kept while it is not', async () => {
  await using volume = await TestVolume.withSessions({});
  await volume.save('leftover', old, '');
  await volume.save('about to be written', 0, '');
  expect(await volume.cleanUp()).toMatchObject({ deleted: 1, remaining: 1 });
});

test('names may be any bytes', async () => {
  await using volume = await TestVolume.withSessions({});
  const names = [
    Buffer.from([0xff, 0xfe, 0x80]),
    Buffer.from('a\nb\t\u001b'),
    Buffer.from('€ 😀'),
    Buffer.from('--rf'),
    Buffer.from('x'.repeat(255)),
    Buffer.concat([Buffer.alloc(254, 0xc3), Buffer.from('z')]),
  ];
  const past = new Date(Date.now() - old * 1000);
  for (const name of names) {
    const path = Buffer.concat([Buffer.from(`${volume.folder}/`), name]);
    await writeFile(path, pickle('x'));
    await utimes(path, past, past);
  }
  expect(await volume.cleanUp({ dryRun: true })).toMatchObject({ overdue: names.length });
  expect(await volume.cleanUp()).toMatchObject({ deleted: names.length, remaining: 0 });
  expect(await volume.names()).toEqual([]);
});

test('a dry run counts and touches nothing', async () => {
  await using volume = await TestVolume.withSessions({ stale: old, 'older still': 2 * old, live: 0 });
  const { ctimeMs } = await stat(volume.folder);
  const report = await volume.cleanUp({ dryRun: true });
  expect(report).toMatchObject({ deleted: 0, overdue: 2, remaining: 3, complete: true, dryRun: true });
  expect(Date.parse(report.oldestStale ?? '')).toBeCloseTo(Date.now() - 2 * old * 1000, -5);
  expect((await stat(volume.folder)).ctimeMs).toBe(ctimeMs);
});

test('a folder without a mark is not cleaned', async () => {
  await using volume = await TestVolume.withSessions({ stale: old });
  await rm(join(volume.stateDir, 'mark.json'));
  await expect(volume.cleanUp()).rejects.toEqual(failsWith('StoreMissing', /this store's mark; found none/));
  await rm(volume.stateDir, { recursive: true });
  await expect(volume.cleanUp()).rejects.toEqual(failsWith('StoreMissing', /found none/));
  expect(await volume.names()).toEqual(['stale']);
});

test('a folder with another store’s mark is not cleaned', async () => {
  await using volume = await TestVolume.withSessions({ stale: old });
  const stranger = { ...owner, namespace: 'other' };
  await expect(volume.cleanUp({ owner: stranger })).rejects.toEqual(failsWith('Conflict', /shop\/web/));
  expect(await volume.names()).toEqual(['stale']);
});

test('a folder whose set-up has not ended is not cleaned', async () => {
  await using volume = await TestVolume.withSessions({ stale: old });
  const mark = { version: 1, owner, origin: 'Created', state: 'Intent' };
  await writeFile(join(volume.stateDir, 'mark.json'), JSON.stringify(mark));
  await expect(volume.cleanUp()).rejects.toEqual(failsWith('StoreMissing', /a set-up that has not ended/));
});

test('a folder that is gone is said to be missing', async () => {
  await using volume = await TestVolume.withSessions({});
  await rm(volume.folder, { recursive: true });
  await expect(volume.cleanUp()).rejects.toEqual(failsWith('StoreMissing', /reconcile-requested-at/));
});

test('a program cleans its own folder without a mark', async () => {
  await using volume = await TestVolume.make();
  await volume.save('stale', old);
  await volume.save('live');
  const store = volume.store();
  expect(await store.deleteOldSessions({ ageSeconds: 3600 })).toMatchObject({ deleted: 1, remaining: 1 });
});

test('a clock that is minutes away stops the run before anything is touched', async () => {
  await using volume = await TestVolume.withSessions({ stale: old });
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 600_000 });
  try {
    await expect(volume.cleanUp()).rejects.toEqual(failsWith('VolumeUnusable', /is 600 s ahead/));
  } finally {
    vi.useRealTimers();
  }
  expect(await volume.names()).toEqual(['stale']);
});

test('a stop between chunks ends the run, which says what it did', async () => {
  await using volume = await TestVolume.withSessions({});
  for (let i = 0; i < 600; i++) await volume.save(`stale-${i}`, old);
  const stop = new AbortController();
  let renamed = 0;
  const files = watchedFiles({
    after: (operation) => {
      if (operation === 'renameSync' && ++renamed === 100) stop.abort();
    },
  });
  const report = await volume.cleanUp({ pace: 'polite', signal: stop.signal }, files);
  expect(report).toMatchObject({ overdue: 0, overdueAtLeast: true, complete: false });
  expect(report.deleted).toBeGreaterThanOrEqual(100);
  expect(report.deleted).toBe(600 - (await volume.names()).length);
  expect(report).not.toHaveProperty('remaining');
  expect(await readdir(join(volume.stateDir, 'quarantine'))).toEqual([]);
});

test('a stop before the first chunk deletes nothing', async () => {
  await using volume = await TestVolume.withSessions({ stale: old });
  const report = await volume.cleanUp({ signal: AbortSignal.abort() });
  expect(report).toMatchObject({ deleted: 0, complete: false });
});

test('a file that vanishes meanwhile is no error', async () => {
  await using volume = await TestVolume.withSessions({ a: old, b: old, c: old, live: 0 });
  // The application logs out: of one before it is looked at, of one before it is renamed, of one in quarantine.
  const lstatSync = ((path: string, options: fs.StatSyncOptions) => {
    if (/(sessions|fd\/\d+)\/a$/.test(path) || /quarantine.*\/c$/.test(path))
      fs.rmSync(path, { force: true });
    return fs.lstatSync(path, options);
  }) as typeof fs.lstatSync;
  const renameSync: typeof fs.renameSync = (from, to) => {
    if (String(from).endsWith('/b')) fs.rmSync(from);
    fs.renameSync(from, to);
  };
  const files = { ...fs, lstatSync, renameSync };
  expect(await volume.cleanUp({}, files)).toMatchObject({ deleted: 0, remaining: 1, complete: true });
});

test('files that an earlier run left in quarantine are settled first: live sessions are back, stale ones gone', async () => {
  await using volume = await TestVolume.withSessions({ live: 0, 'changed since': 10, stale: old, again: 10 });
  const left = join(volume.stateDir, 'quarantine/an-earlier-run-7');
  await mkdir(left);
  for (const name of await volume.names()) await rename(join(volume.folder, name), join(left, name));
  await volume.save('again', 0, 'logged in again');
  await past(left);
  expect(await volume.cleanUp()).toMatchObject({ deleted: 1, remaining: 3 });
  expect(await volume.names()).toEqual(['again', 'changed since', 'live']);
  expect(await volume.store().loadSession('again')).toEqual(pickle('logged in again'));
  expect(await readdir(join(volume.stateDir, 'quarantine'))).toEqual([]);
});

test('a batch that another run is filling is left to it', async () => {
  await using volume = await TestVolume.withSessions({ stale: old });
  const busy = join(volume.stateDir, 'quarantine/a-run-at-work-1');
  await mkdir(busy);
  await rename(join(volume.folder, 'stale'), join(busy, 'stale'));
  // The other run adds a file just before this one looks.
  const lstat = ((...args: Parameters<typeof fs.promises.lstat>) => {
    if (String(args[0]) === busy) fs.utimesSync(busy, new Date(), new Date());
    return fs.promises.lstat(...args);
  }) as typeof fs.promises.lstat;
  const files = { ...fs, promises: { ...fs.promises, lstat } };
  expect(await volume.cleanUp({}, files)).toMatchObject({ deleted: 0, complete: true });
  expect(await readdir(busy)).toEqual(['stale']);
});

test('two clean-ups at once delete each session once', async () => {
  await using volume = await TestVolume.withSessions({ live: 0 });
  for (let i = 0; i < 3000; i++) await volume.save(`stale-${i}`, old);
  const reports = await Promise.all(Array.from({ length: 3 }, () => volume.cleanUp()));
  expect(reports.reduce((sum, report) => sum + report.deleted, 0)).toBe(3000);
  expect(await volume.names()).toEqual(['live']);
  expect(await readdir(join(volume.stateDir, 'quarantine'))).toEqual([]);
});

test('the unfinished save of a killed program is removed after an hour', async () => {
  await using volume = await TestVolume.withSessions({});
  const saving = join(volume.stateDir, 'saving');
  for (const [name, age] of [
    ['old', old],
    ['new', 0],
  ] as const) {
    await writeFile(join(saving, name), 'x');
    await utimes(join(saving, name), Date.now() / 1000 - age, Date.now() / 1000 - age);
  }
  await volume.cleanUp();
  expect(await readdir(saving)).toEqual(['new']);
});

async function past(folder: string): Promise<void> {
  const time = new Date(Date.now() - 10_000);
  await utimes(folder, time, time);
}
