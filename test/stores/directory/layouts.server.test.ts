import { utimesSync, writeFileSync } from 'node:fs';
import { readFile, stat, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { djangoFiles } from '../../../src/layouts/django-files.ts';
import type { FileOptions } from '../../../src/layouts/file-form.ts';
import { flaskCachelib } from '../../../src/layouts/flask-cachelib.ts';
import { laravelFiles } from '../../../src/layouts/laravel-files.ts';
import type { Layout } from '../../../src/layouts/layout.ts';
import { phpFiles } from '../../../src/layouts/php-files.ts';
import { resolvedLayout } from '../../../src/layouts/resolve.ts';
import { sessionFileStore } from '../../../src/layouts/session-file-store.ts';
import { session3 } from '../../../src/layouts/session3.ts';
import { DirectorySessionStore } from '../../../src/stores/directory/store.ts';
import { filesIn, hour, justBefore, old, secondsAgo, volumeOf } from './foreign-files.ts';
import { owner, pickle, TestVolume } from './volume.ts';

describe('flask-cachelib', () => {
  const nameOf = (digit: string): string => digit.repeat(64);
  const file = (end: number): Buffer =>
    Buffer.concat([new Uint8Array(new Uint32Array([end]).buffer), pickle('}.')]);
  const [countFile = ''] = flaskCachelib.directory?.reserved ?? [];

  test('the header decides, whatever the time of change', async () => {
    await using volume = await volumeOf(flaskCachelib);
    await volume.write(nameOf('a'), 0, file(secondsAgo(old)));
    await volume.write(nameOf('b'), 90 * 24 * hour, file(secondsAgo(-60)));
    await volume.write(nameOf('c'), 90 * 24 * hour, file(0));
    await volume.write('d'.repeat(32), 0, file(secondsAgo(old)));
    expect(await volume.cleanUp()).toMatchObject({ deleted: 2, remaining: 2 });
    expect(await volume.names()).toEqual([nameOf('b'), nameOf('c')]);
  });

  test('a session that gets a new end between the looks survives, even with its old time of change', async () => {
    await using volume = await volumeOf(flaskCachelib);
    await volume.write(nameOf('a'), old, file(secondsAgo(old)));
    const files = justBefore(nameOf('a'), (path) => {
      writeFileSync(path, file(secondsAgo(-hour)));
      utimesSync(path, 1, 1);
    });
    expect(await volume.cleanUp({}, files)).toMatchObject({ deleted: 0, remaining: 1 });
    expect(await volume.names()).toEqual([nameOf('a')]);
  });

  test('the count file stays, set to 0 by a clean-up and untouched by a dry run', async () => {
    await using volume = await volumeOf(flaskCachelib);
    const count = Buffer.from('\0\0\0\0\x80\x05M\xf4\x01.', 'latin1');
    await volume.write(countFile, old, count);
    const content = () => readFile(join(volume.folder, countFile));
    expect(await volume.cleanUp({ dryRun: true })).toMatchObject({ overdue: 0, remaining: 0, notes: [] });
    expect(await content()).toEqual(count);
    expect(await volume.cleanUp()).toMatchObject({ deleted: 0, remaining: 0, notes: [] });
    expect((await content()).subarray(0, 9)).toEqual(Buffer.from('\0\0\0\0\x80\x02K\0.', 'latin1'));
  });

  test('old temporary files are deleted and mentioned, but not counted; young ones stay', async () => {
    await using volume = await volumeOf(flaskCachelib);
    await volume.write('tmpabc.__wz_cache', old, '');
    await volume.write('tmpabd.__wz_cache', 1800, '');
    await volume.write(nameOf('a'), 0, file(secondsAgo(old)));
    expect(await volume.cleanUp({ dryRun: true })).toMatchObject({ overdue: 1, remaining: 1 });
    expect(await volume.cleanUp({ ageSeconds: 60 })).toEqual({
      deleted: 1,
      overdue: 0,
      remaining: 0,
      complete: true,
      dryRun: false,
      notes: [expect.stringMatching(/1 temporary files/)],
    });
    expect(await volume.names()).toEqual(['tmpabd.__wz_cache']);
  });

  test('reading does not move the time of access', async () => {
    await using volume = await volumeOf(flaskCachelib);
    await volume.write(nameOf('a'), 0, file(0));
    const path = join(volume.folder, nameOf('a'));
    const before = await stat(path);
    await utimes(path, 1, before.mtime);
    await volume.cleanUp();
    expect((await stat(path)).atimeMs).toBe(1000);
  });
});

describe('session-file-store', () => {
  const fileStore = () => volumeOf(sessionFileStore, { ttl: hour });
  const json = (lastAccess: number, maxAge: number | null = null): string =>
    JSON.stringify({ cookie: { originalMaxAge: maxAge }, __lastAccess: lastAccess * 1000 });

  test('each session has its own lifetime, or the ttl', async () => {
    await using volume = await fileStore();
    await volume.write('short.json', old, json(secondsAgo(old), 60_000));
    await volume.write('long.json', old, json(secondsAgo(old), 86_400_000));
    await volume.write('ttl-dead.json', 2 * old, json(secondsAgo(2 * old)));
    await volume.write('ttl-live.json', old, json(secondsAgo(old - 60)));
    await volume.write('secret-dead.json', 2 * old, '{"hmac":"x","ct":"y"}');
    await volume.write('secret-live.json', old - 60, '{"hmac":"x","ct":"y"}');
    expect(await volume.cleanUp()).toMatchObject({ deleted: 3, remaining: 3 });
    expect(await volume.names()).toEqual(['long.json', 'secret-live.json', 'ttl-live.json']);
  });

  test('files that are no session any more are kept and counted', async () => {
    await using volume = await fileStore();
    await volume.write('cut.json', old, '{"cookie":{"originalMaxAge":60000},"__lastAcc');
    await volume.write('empty.json', old, '');
    await volume.write('long.json', old, `{"__lastAccess":1,"x":"${'x'.repeat(4_200_000)}"}`);
    const report = await volume.cleanUp();
    expect(report).toMatchObject({ deleted: 0, unreadable: 3, remaining: 3 });
    expect(report.notes).toEqual([expect.stringMatching(/Clean-up could not read the time of any session/)]);
    expect(await volume.names()).toHaveLength(3);
  });

  test('a session that is cut off between the looks is put back', async () => {
    await using volume = await fileStore();
    await volume.write('a.json', old, json(secondsAgo(old), 60_000));
    const files = justBefore('a.json', (path) => {
      writeFileSync(path, '{"cookie":');
      utimesSync(path, 1, 1);
    });
    expect(await volume.cleanUp({}, files)).toMatchObject({ deleted: 0, unreadable: 1, remaining: 1 });
    expect(await volume.names()).toEqual(['a.json']);
  });

  test('links are not followed, and temporary files of killed writers go', async () => {
    await using volume = await fileStore();
    writeFileSync(join(volume.root, 'target'), json(secondsAgo(old), 60_000));
    await symlink('../../target', join(volume.folder, 'link.json'));
    await volume.write('a.json.123456', old, json(secondsAgo(0)));
    expect(await volume.cleanUp()).toMatchObject({ deleted: 0, remaining: 0 });
    expect(await volume.names()).toEqual(['link.json']);
  });

  test('only its own library saves a session', async () => {
    await using volume = await fileStore();
    await using store = volume.store();
    await expect(store.saveSession('a', Buffer.from('{}'))).rejects.toMatchObject({
      reason: 'InvalidInput',
      message: expect.stringMatching(/through that library/),
    });
  });

  test('without the ttl of the application, the store is not opened', () => {
    expect(() => new DirectorySessionStore({ path: '/nowhere', layout: sessionFileStore })).toThrow(
      /layoutOptions.ttl/,
    );
  });
});

test('a folder of Django is cleaned, with temporary files and under another name', async () => {
  await using volume = await volumeOf(djangoFiles, { ttl: hour, prefix: 'shop' });
  const payload = `${Buffer.from('{}').toString('base64url')}:1vOe2K:c2ln`;
  const id = (digit: string): string => digit.repeat(32);
  await volume.write(`shop${id('a')}`, 2 * old, payload);
  await volume.write(`shop${id('b')}`, old - 60, payload);
  await volume.write(`shop${id('c')}`, 2 * old, '\x80\x04}.');
  await volume.write(`shop${id('d')}`, 2 * old, '');
  await volume.write(`shop${id('e')}_out_x7`, 2 * old, payload);
  await volume.write(`sessionid${id('a')}`, 2 * old, payload);
  expect(await volume.cleanUp()).toMatchObject({ deleted: 2, unreadable: 1, remaining: 2 });
  expect(await volume.names()).toEqual([`sessionid${id('a')}`, `shop${id('b')}`, `shop${id('c')}`]);
});

describe('a folder of another layout is refused with its name', () => {
  const cases: readonly (readonly [string, Layout, FileOptions, string, string | Buffer, string])[] = [
    ["PHP's as Laravel's", laravelFiles, {}, 'sess_abc', 'x|i:1;', 'php-files'],
    ["Laravel's as PHP's", phpFiles, {}, 'a'.repeat(40), 'a:1:{s:1:"x";i:1;}', 'laravel-files'],
    ["session3's as session-file-store's", sessionFileStore, { ttl: 60 }, 'f00d', pickle('x'), 'session3'],
    ["session-file-store's as session3's", session3, {}, 'x.json', '{"cookie":{}}', 'session-file-store'],
    ["Django's as session3's", session3, {}, `sessionid${'a'.repeat(32)}`, 'e30:a:b', 'django-files'],
  ];

  test.each(cases)('%s', async (_, layout, options, name, content, found) => {
    await using volume = await TestVolume.make(resolvedLayout(layout, options));
    await volume.write(name, old, content);
    await expect(volume.setUp()).rejects.toMatchObject({
      reason: 'ShapeMismatch',
      message: expect.stringMatching(`look like sessions of the layout ${found}:`),
    });
  });

  test('its own files are adopted, and those beside them are left', async () => {
    await using volume = await TestVolume.make(resolvedLayout(laravelFiles, {}));
    await volume.write('a'.repeat(40), old, 'a:0:{}');
    await volume.write('.gitignore', old, '*');
    await volume.write('README', old, 'text');
    await volume.write('below/'.concat('b'.repeat(40)), old, 'a:0:{}');
    expect(await volume.setUp({ owner })).toMatchObject({ outcome: 'Adopted' });
    expect(await volume.cleanUp()).toMatchObject({ deleted: 1, remaining: 0 });
    expect(await filesIn(volume)).toEqual(['.gitignore', 'README', `below/${'b'.repeat(40)}`]);
  });
});
