import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { djangoFiles } from '../../../src/layouts/django-files.ts';
import { type FileForm, resolvedFileForm } from '../../../src/layouts/file-form.ts';
import { flaskCachelib } from '../../../src/layouts/flask-cachelib.ts';
import { sessionFileStore } from '../../../src/layouts/session-file-store.ts';
import { timeOf } from '../../../src/stores/directory/time/session-time.ts';
import { filesOf } from './volume.ts';

const mtime = Date.UTC(2026, 10, 28, 12);
const hourMs = 3_600_000;
const samples = join(import.meta.dirname, '../../layouts/samples');
const { savedAt: savedAtSeconds, files } = JSON.parse(
  readFileSync(join(samples, 'samples.json'), 'utf8'),
) as {
  readonly savedAt: number;
  readonly files: Readonly<Record<string, string>>;
};
const savedAt = savedAtSeconds * 1000;
/** A file that the library itself wrote. */
const sample = (name: string): Buffer => readFileSync(join(samples, files[name] ?? name));
const time = (form: FileForm, content: string | Buffer) => timeOf(form, Buffer.from(content), mtime);

describe('session-file-store', () => {
  const form = resolvedFileForm(filesOf(sessionFileStore), { ttl: 60 });
  const at = 1_795_887_552_934;

  test('a session lives as long as its cookie, from its last access on', () => {
    const json = `{"cookie":{"originalMaxAge":3600000,"expires":"2026-11-22T20:09:23.205Z"},"user":1,"__lastAccess":${at}}`;
    expect(time(form, json)).toBe(at + hourMs);
  });

  test.each(['null', '0'])('a cookie of the age %s lives for the ttl', (age) => {
    expect(time(form, `{"cookie":{"originalMaxAge":${age}},"__lastAccess":${at}}`)).toBe(at + 60_000);
  });

  test('a session of a mebibyte is read as well', () => {
    const json = JSON.stringify({ cookie: {}, x: '"'.repeat(500_000), __lastAccess: at });
    expect(time(form, json)).toBe(at + 60_000);
    expect(time(form, json.slice(0, -1))).toBeUndefined();
  });

  test('a session without a cookie lives for the ttl', () => {
    expect(time(form, `{"__lastAccess":${at}}`)).toBe(at + 60_000);
  });

  test('an encrypted session lives for the ttl from its time of change on', () => {
    expect(time(form, '{"hmac":"S\u00c3","ct":"\u00b3","iv":{"type":"Buffer","data":[53]}}')).toBe(
      mtime + 60_000,
    );
  });

  test.each([
    ['is empty', ''],
    ['is cut off', `{"cookie":{"originalMaxAge":3600000},"__lastAc`],
    ['is no object', '[1]'],
    ['is an object of something else', '{"name":"web","dependencies":{}}'],
    ['has a last access that is text', `{"cookie":{},"__lastAccess":"yesterday"}`],
    ['has a last access in seconds', `{"cookie":{},"__lastAccess":1795887552}`],
    ['has a lifetime that is text', `{"cookie":{"originalMaxAge":"1h"},"__lastAccess":${at}}`],
    ['is longer than two mebibytes', `{"cookie":{},"__lastAccess":${at},"x":"${'x'.repeat(4_194_304)}"}`],
  ])('the time of a session that %s is unknown', (_, json) => {
    expect(time(form, json)).toBeUndefined();
  });
});

describe('django-files', () => {
  const form = resolvedFileForm(filesOf(djangoFiles), { ttl: 60 });
  const signed = (json: string, isCompressed = false): string => {
    const data = isCompressed ? deflateSync(json) : Buffer.from(json);
    return `${isCompressed ? '.' : ''}${data.toString('base64url')}:1vOe2K:3m0NgWmHy5eoDHlTiVLPNZcrYDKyJyhp9nTF3IYJJhU`;
  };

  test.each([false, true])('text is the end of the session (compressed: %s)', (isCompressed) => {
    const json = '{"_session_expiry":"2026-11-28T13:00:00.250000+00:00","user":"x"}';
    expect(time(form, signed(json, isCompressed))).toBe(Date.UTC(2026, 10, 28, 13, 0, 0, 250));
  });

  test('text with an offset is that instant', () => {
    expect(time(form, signed('{"_session_expiry":"2026-11-28T13:00:00-05:00"}'))).toBe(
      Date.UTC(2026, 10, 28, 18),
    );
  });

  test('text without a zone ends in the westernmost one', () => {
    expect(time(form, signed('{"_session_expiry":"2026-11-28T13:00:00"}'))).toBe(Date.UTC(2026, 10, 29, 1));
  });

  test('a number is seconds from the time of change on', () => {
    expect(time(form, signed('{"_session_expiry":3600}'))).toBe(mtime + hourMs);
  });

  test.each(['{}', '{"_session_expiry":0}', '{"_session_expiry":null}'])('%s lives for the ttl', (json) => {
    expect(time(form, signed(json))).toBe(mtime + 60_000);
  });

  test('the empty file of a session that was never filled lives for the ttl', () => {
    expect(time(form, '')).toBe(mtime + 60_000);
  });

  test.each([
    ['a date in UTC, an hour after it was saved', savedAt + hourMs],
    ['compressed, a date in UTC', savedAt + hourMs],
    ['a date in New York, without a zone', savedAt + hourMs],
    ['seconds: Django never ends such a session', mtime + hourMs],
    ['0, the end of the browser: as without one', mtime + 60_000],
    ['no expiry of its own', mtime + 60_000],
    ['compressed, no expiry of its own', mtime + 60_000],
  ])("Django's own file is read: %s", (name, end) => {
    // The library that set the clock back for the samples has UTC as its local time.
    const inUtc = resolvedFileForm(form, { timeZone: 'UTC' });
    expect(time(inUtc, sample(name))).toBe(end);
  });

  test.each([
    ['is cut off', signed('{"_session_expiry":3600}').slice(0, 20)],
    ['is no JSON', signed('\x80\x04}.')],
    ['is compressed text that is cut off', `.${signed('{"a":1}', true).slice(1, 8)}:a:b`],
    ['ends at text that is not a time', signed('{"_session_expiry":"tomorrow"}')],
    ['ends at an object', signed('{"_session_expiry":{}}')],
    ['grows beyond two mebibytes', signed(`{"x":"${'x'.repeat(4_200_000)}"}`, true)],
  ])('the time of a session that %s is unknown', (_, text) => {
    expect(time(form, text)).toBeUndefined();
  });
});

describe('flask-cachelib', () => {
  const form = filesOf(flaskCachelib);
  const file = (seconds: number, pickle = '\x80\x04}\x94.'): Buffer => {
    const header = Buffer.from(new Uint32Array([seconds]).buffer);
    return Buffer.concat([header, Buffer.from(pickle, 'latin1')]);
  };

  test('the header is the end of the session in seconds, beyond 2038 too', () => {
    expect(time(form, file(1_795_887_552))).toBe(1_795_887_552_000);
    expect(time(form, file(4_000_000_000))).toBe(4_000_000_000_000);
  });

  test.each([
    ['cachelib 0.17, ends an hour after it was saved', savedAt + hourMs],
    ['cachelib 0.17, never ends', Number.POSITIVE_INFINITY],
    ['cachelib 0.9, ends an hour after it was saved', savedAt + hourMs],
  ])("cachelib's own file is read: %s", (name, end) => {
    expect(time(form, sample(name))).toBe(end);
  });

  test('a header of 0 never ends', () => {
    expect(time(form, file(0))).toBe(Number.POSITIVE_INFINITY);
  });

  test.each([
    ['is empty', Buffer.alloc(0)],
    ['has a header alone', file(1_795_887_552, '')],
    ['is not a pickle', file(1_795_887_552, 'text')],
    ['begins with three bytes', Buffer.from('abc')],
    ['ends in 1970', file(12_345)],
  ])('the time of a file that %s is unknown', (_, bytes) => {
    expect(time(form, bytes)).toBeUndefined();
  });
});
