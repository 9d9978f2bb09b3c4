import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { zeroCounts } from '../../../src/stores/directory/cleanup/cleanup-task.ts';
import { Quarantine } from '../../../src/stores/directory/cleanup/quarantine.ts';
import type { SyncFileOperations } from '../../../src/stores/directory/files.ts';
import { session3Files } from './volume.ts';

let root: string;
let folder: string;
let batch: string;
beforeEach(() => {
  root = fs.mkdtempSync('/var/tmp/sessionstore-');
  folder = join(root, 'sessions');
  batch = join(root, 'batch');
  fs.mkdirSync(folder);
});
afterEach(() => fs.rmSync(root, { recursive: true }));

const cutoff = Date.now() - 3_600_000;

function saveStale(name: string): void {
  fs.writeFileSync(join(folder, name), 'stale');
  fs.utimesSync(join(folder, name), 1, 1);
}

type Moment = 'before' | 'after';
/** node:fs, with something happening just before or after its one operation of that name. */
function filesWith(
  name: keyof SyncFileOperations,
  moment: Moment,
  happening: () => void,
): SyncFileOperations {
  const operation = fs[name] as (...args: unknown[]) => unknown;
  const watched = (...args: unknown[]): unknown => {
    if (moment === 'before') happening();
    const result = operation.apply(fs, args);
    if (moment === 'after') happening();
    return result;
  };
  return { ...fs, [name]: watched };
}

const once = (happening: () => void): (() => void) => {
  let isOver = false;
  return () => {
    if (!isOver) happening();
    isOver = true;
  };
};

const take = (files: SyncFileOperations, ...names: readonly string[]) =>
  new Quarantine(files).run({
    kind: 'Take',
    checked: [],
    folder,
    names,
    cutoff,
    batch,
    layout: session3Files,
    leftoverCutoff: cutoff,
    ...beside(),
  });
const beside = () => ({
  paths: { folder, stateDir: root },
  spare: join(root, 'spare'),
  probe: join(root, 'probe'),
});
const settle = (names?: readonly string[], files: SyncFileOperations = fs) =>
  new Quarantine(files).run({
    kind: 'Settle',
    layout: session3Files,
    leftoverCutoff: cutoff,
    checked: [],
    paths: { folder, stateDir: root },
    folder,
    cutoff,
    batch,
    ...(names && { names }),
  });
const content = (name: string) => fs.readFileSync(join(folder, name), 'utf8');

test('an untouched file is deleted after the grace period', () => {
  saveStale('one');
  expect(take(fs, 'one')).toEqual({ ...zeroCounts, waiting: 1, oldestMs: 1000 });
  expect(fs.readdirSync(batch)).toEqual(['one']);
  expect(settle()).toEqual({ ...zeroCounts, deleted: 1 });
  expect(fs.readdirSync(root)).toEqual(['sessions']);
});

test('a session saved between look and rename is back at once', () => {
  saveStale('one');
  const save = () => fs.writeFileSync(join(folder, 'one'), 'saved');
  expect(take(filesWith('renameSync', 'before', save), 'one')).toMatchObject({ live: 1, waiting: 0 });
  expect(content('one')).toBe('saved');
  expect(settle()).toEqual(zeroCounts);
});

test('a writer that opened the file before the rename may finish after it', () => {
  saveStale('one');
  let writer = 0;
  // As session3: open, which truncates; only then lock, and write.
  const open = () => {
    writer = fs.openSync(join(folder, 'one'), 'w');
  };
  expect(take(filesWith('renameSync', 'before', open), 'one')).toMatchObject({ live: 1 });
  fs.writeSync(writer, 'saved');
  fs.closeSync(writer);
  expect(content('one')).toBe('saved');
});

test('a writer held up between open and truncate is seen after the grace', () => {
  saveStale('one');
  const writer = fs.openSync(join(folder, 'one'), 'r+');
  expect(take(fs, 'one')).toMatchObject({ waiting: 1 });
  fs.ftruncateSync(writer);
  fs.writeSync(writer, 'saved');
  fs.closeSync(writer);
  expect(settle()).toEqual({ ...zeroCounts, live: 1 });
  expect(content('one')).toBe('saved');
});

test('of a session saved before the rename and one made after it, the newer wins', () => {
  saveStale('one');
  const save = (text: string) => fs.writeFileSync(join(folder, 'one'), text);
  const files = filesWith('renameSync', 'before', () => save('saved'));
  const linkSync: typeof fs.linkSync = (from, to) => {
    if (to === join(folder, 'one')) save('made anew');
    fs.linkSync(from, to);
  };
  const both = { ...files, linkSync };
  expect(take(both, 'one')).toMatchObject({ live: 0, waiting: 0 });
  expect(content('one')).toBe('made anew');
  expect(fs.readdirSync(root)).toEqual(['sessions']);
});

test('a session that is created again while the stale one waits is not touched', () => {
  saveStale('one');
  take(fs, 'one');
  fs.writeFileSync(join(folder, 'one'), 'made anew');
  expect(settle()).toEqual({ ...zeroCounts, deleted: 1 });
  expect(content('one')).toBe('made anew');
});

test('a folder that takes the file’s place before the rename is back', () => {
  saveStale('one');
  const replace = once(() => {
    fs.rmSync(join(folder, 'one'));
    fs.mkdirSync(join(folder, 'one'));
    fs.writeFileSync(join(folder, 'one/inside'), 'kept');
  });
  take(filesWith('renameSync', 'before', replace), 'one');
  expect(content('one/inside')).toBe('kept');
});

test('a link that takes the file’s place before the rename is back, as a link', () => {
  saveStale('one');
  const replace = once(() => {
    fs.rmSync(join(folder, 'one'));
    fs.symlinkSync('/etc/passwd', join(folder, 'one'));
  });
  take(filesWith('renameSync', 'before', replace), 'one');
  expect(fs.readlinkSync(join(folder, 'one'))).toBe('/etc/passwd');
});

test('a run that another one overtakes finds nothing, and says so', () => {
  saveStale('one');
  saveStale('two');
  take(fs, 'one', 'two');
  expect(settle()).toMatchObject({ deleted: 2 });
  expect(settle()).toEqual(zeroCounts);
});

test('a live session whose folder is gone is kept in quarantine', () => {
  saveStale('one');
  take(fs, 'one');
  fs.writeFileSync(join(batch, 'one'), 'saved');
  fs.rmdirSync(folder);
  expect(() => settle()).toThrow(expect.objectContaining({ reason: 'StoreMissing' }));
  expect(fs.readFileSync(join(batch, 'one'), 'utf8')).toBe('saved');
});

test('a file that could not be put back stays where it is and is counted, and the others go', () => {
  for (const name of ['mine', 'foreign', 'mine, too']) saveStale(name);
  const linkSync: typeof fs.linkSync = (from, to) => {
    if (String(from).endsWith('foreign')) throw failing('EPERM');
    fs.linkSync(from, to);
  };
  fs.chmodSync(join(folder, 'foreign'), 0o600);
  const counts = take({ ...fs, linkSync }, 'foreign', 'mine', 'mine, too');
  expect(counts).toMatchObject({ waiting: 2, stale: 1, notPermitted: 1 });
  expect(fs.readdirSync(folder)).toEqual(['foreign']);
});

test('a file system without hard links is found out before the first rename', () => {
  saveStale('one');
  const linkSync = (): never => {
    throw failing('EOPNOTSUPP');
  };
  expect(() => take({ ...fs, linkSync }, 'one')).toThrow(
    expect.objectContaining({ reason: 'VolumeUnusable', message: expect.stringMatching(/hard links/) }),
  );
  expect(content('one')).toBe('stale');
});

test.each(['lstatSync', 'renameSync', 'unlinkSync'] as const)(
  'a file on which %s fails stays, and the others go',
  (name) => {
    const names = ['one', 'broken', 'two'];
    for (const each of names) saveStale(each);
    const operation = fs[name] as (...args: unknown[]) => unknown;
    const broken = (...args: unknown[]): unknown => {
      if (String(args[0]).endsWith('broken')) throw failing('EIO');
      return operation.apply(fs, args);
    };
    const files = { ...fs, [name]: broken };
    const taken = take(files, ...names);
    const settled = settle(undefined, files);
    expect(settled.deleted).toBe(2);
    const isKnownStale = name !== 'lstatSync';
    expect(taken.unreadable + taken.stale + settled.stale).toBe(1);
    expect(taken.ioError + settled.ioError).toBe(isKnownStale ? 1 : 0);
  },
);

test('a session that was saved meanwhile is back where there is no room for a link', () => {
  saveStale('one');
  const save = () => fs.writeFileSync(join(folder, 'one'), 'saved');
  const linkSync = (): never => {
    throw failing('ENOSPC');
  };
  const files = { ...filesWith('renameSync', 'before', once(save)), linkSync };
  expect(take(files, 'one')).toMatchObject({ live: 1, waiting: 0 });
  expect(content('one')).toBe('saved');
});

function failing(code: string): Error {
  return Object.assign(new Error(code), { code });
}
