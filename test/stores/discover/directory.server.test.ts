import { lstat, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { discover } from '../../../src/stores/directory/discover.ts';
import { assumptions, collected } from './collected.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'discover-'));
});
afterEach(() => rm(root, { recursive: true }));

const days = 86_400_000;

async function write(path: string, content: string | Buffer, ageDays = 0): Promise<void> {
  const file = join(root, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, content);
  const time = new Date(Date.now() - ageDays * days);
  await utimes(file, time, time);
}

/** Names, sizes and times of everything below the root. */
async function tree(): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true });
  const lines = entries.map(async (entry) => {
    const { size, mtimeMs, ctimeMs, mode } = await lstat(join(root, entry));
    return `${entry} ${size} ${mtimeMs} ${ctimeMs} ${mode}`;
  });
  return (await Promise.all(lines)).toSorted();
}

const found = (options = {}) => collected(discover(root, { ...assumptions, ...options }));

async function writeExpress(n: number, isStale: boolean): Promise<void> {
  const expires = new Date(Date.now() + (isStale ? -days : days)).toISOString();
  const cookie = { originalMaxAge: days, expires };
  const session = { cookie, __lastAccess: Date.now() - (isStale ? 3 * days : 0) };
  await write(`express/${n}.json`, JSON.stringify(session), isStale ? 3 : 0);
}

test('the folders of several libraries are found with their counts, and stay as they are', async () => {
  for (let n = 0; n < 10; n += 1) {
    await write(`php/sess_${n}`, 'cart|a:0:{}', n < 4 ? 30 : 1);
    await write(`levels/a/b/sess_ab${n}`, 'cart|a:0:{}');
    await write(`shop/pickles/${n}`, Buffer.from([0x80, 4, 0x95]), n < 2 ? 20 : 0);
    await writeExpress(n, n < 3);
    await write(`photos/${n}.jpg`, 'JFIF');
  }
  await write('old-sessions/README', 'moved');
  const before = await tree();
  const findings = await found();
  expect(await tree()).toEqual(before);
  const rows = findings.map(({ path, candidates: [first], counts, assumed }) => [
    ...[path, first?.layout, counts?.sessions, counts?.stale],
    assumed,
  ]);
  expect(rows.toSorted()).toEqual([
    ['express', 'session-file-store', 10, 3, { ttl: '14d' }],
    ['levels', 'php-files', 10, 0, { unmodifiedFor: '14d', depth: 2 }],
    ['old-sessions', undefined, undefined, undefined, {}],
    ['php', 'php-files', 10, 4, { unmodifiedFor: '14d' }],
    ['shop/pickles', 'session3', 10, 2, { unmodifiedFor: '14d' }],
  ]);
});

test('sessions in the folder itself, and more than are looked at, are counted by a sample', async () => {
  for (let n = 0; n < 60; n += 1) await write(`sess_${n}`, 'a|i:1;', 30);
  const [finding, ...others] = await found({ exactFiles: 20 });
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    path: '',
    counts: { sessions: 60, stale: 60, isEstimate: true },
    bytes: 360,
  });
});

describe('a folder that cannot be looked into keeps no other from being found', () => {
  const placesOf = async () =>
    (await found()).map(({ path, counts, notes }) => [path, counts?.sessions ?? notes]);

  test('a name outside ASCII', async () => {
    for (const name of ['café', 'セッション', 'plain']) await write(`${name}/sess_1`, 'a|i:1;');
    expect((await placesOf()).toSorted()).toEqual([
      ['café', 1],
      ['plain', 1],
      ['セッション', 1],
    ]);
  });

  test('a name that is not UTF-8: the folder is left out, and a note says so', async () => {
    await write('plain/sess_1', 'a|i:1;');
    await mkdir(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]));
    expect(await placesOf()).toEqual([
      ['plain', 1],
      ['', ['has folders whose names are not UTF-8: they were not looked into']],
    ]);
  });

  test('too many levels: the folder is left out, and a note says so', async () => {
    await write('plain/sess_1', 'a|i:1;');
    await write('a1/a2/a3/a4/a5/a6/a7/sess_1', 'a|i:1;');
    expect(await placesOf()).toEqual([
      ['plain', 1],
      ['', ['has folders more than 6 levels deep: they were not looked into']],
    ]);
  });
});

test('a folder that does not exist is refused', async () => {
  const missing = collected(discover(join(root, 'missing'), assumptions));
  await expect(missing).rejects.toThrow(/Expected .*missing to be a folder; found nothing/);
});
