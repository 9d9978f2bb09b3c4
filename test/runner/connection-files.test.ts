import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { credentialsIn, readConnection } from '../../src/runner/connection-files.ts';
import { secretFolder } from '../servers/secret-folder.ts';

let tmp: string;
beforeAll(async () => {
  tmp = await mkdtemp(join(tmpdir(), 'connection-files-'));
});
afterAll(() => rm(tmp, { recursive: true }));

type Secret = Readonly<Record<string, string>>;
const read = async (secret: Secret) =>
  readConnection(await secretFolder(secret, tmp), { port: 5432, schemes: ['postgresql:', 'postgres:'] });
const keys: Secret = { host: 'db', port: '5433', username: 'app', password: 's3cret', database: 'shop' };
const settings = {
  host: 'db',
  port: 5433,
  username: 'app',
  password: 's3cret',
  database: 'shop',
  tlsMode: 'prefer',
};

describe('reads', () => {
  test.each<[string, Secret, object]>([
    ['one key a value', keys, settings],
    [
      'values that end in a newline',
      Object.fromEntries(Object.entries(keys).map(([k, v]) => [k, `${v}\n`])),
      settings,
    ],
    ['a uri', { uri: 'postgresql://app:s3cret@db:5433/shop' }, settings],
    ['a uri without a port', { uri: 'postgres://app:s3cret@db/shop' }, { ...settings, port: 5432 }],
    [
      'what is percent-encoded in a uri',
      { uri: 'postgres://a%40b:p%2F%25@db:5433/my%20shop' },
      { username: 'a@b', password: 'p/%', database: 'my shop' },
    ],
    [
      'an IPv6 address in a uri',
      { uri: 'postgres://app:s3cret@[::1]:5433/shop' },
      { host: '::1', port: 5433 },
    ],
    [
      'the other keys where the uri says nothing',
      { ...keys, uri: 'postgres://db2/', sslmode: 'require' },
      { ...settings, host: 'db2', tlsMode: 'require' },
    ],
    [
      'dbname and user, as some operators write',
      { host: 'db', user: 'app', dbname: 'shop' },
      { username: 'app', database: 'shop', port: 5432 },
    ],
    [
      'sslmode in the uri before the key',
      { ...keys, sslmode: 'disable', uri: 'postgres://db/?sslmode=verify-full' },
      { tlsMode: 'verify-full' },
    ],
    ['ssl=true as libpq does', { ...keys, uri: 'postgres://db/?ssl=true' }, { tlsMode: 'require' }],
    ['a CA as a wish to verify', { ...keys, 'ca.crt': 'PEM' }, { tlsMode: 'verify-full', ca: 'PEM' }],
    ['a password that ends in a space', { ...keys, password: ' s3cret ' }, { password: ' s3cret ' }],
  ])('%s', async (_name, secret, expected) => {
    expect(await read(secret)).toMatchObject(expected);
  });
});

describe('refuses, naming the key,', () => {
  const uri = 'postgres://app:s3cret@';
  test.each<[string, Secret, RegExp]>([
    ['no host', { ...keys, host: '' }, /lacks the key host/],
    ['no user name', { host: 'db', database: 'shop' }, /lacks the key username or user/],
    ['no database', { uri: 'postgres://app@db' }, /lacks the key database or dbname/],
    ['a port that is none', { ...keys, port: '70000' }, /key port/],
    [
      'a mode that is none',
      { ...keys, sslmode: 'no-verify' },
      /sslmode .* disable, prefer, require, verify-ca, verify-full/,
    ],
    ['a certificate without its key', { ...keys, 'tls.crt': 'PEM' }, /lacks the key tls\.key/],
    ['a key without its certificate', { ...keys, 'tls.key': 'PEM' }, /lacks the key tls\.crt/],
    ['verify-ca without a CA', { ...keys, sslmode: 'verify-ca' }, /ca\.crt/],
    [
      'a uri that is none',
      { uri: 'postgres://app:s3c#ret@db/shop' },
      /key uri is not a URI.*percent-encoded/,
    ],
    ['a uri of something else', { uri: 'mysql://app:s3cret@db/shop' }, /must begin with postgresql:\/\//],
    ['a uri with several hosts', { uri: `${uri}a,b/shop` }, /several hosts/],
    ['a uri with start-up options', { uri: `${uri}db/shop?options=-csearch_path%3Dx` }, /start-up options/],
    ['a uri with a stray %', { uri: 'postgres://app:s3%cret@db/shop' }, /write %25/],
  ])('%s', async (_name, secret, words) => {
    const error = await read(secret).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: 'SecretIncomplete', message: expect.stringMatching(words) });
    expect((error as Error).message).not.toMatch(/s3c/);
  });

  test('nothing at all: the Secret is missing', async () => {
    await expect(read({})).rejects.toMatchObject({ reason: 'SecretMissing' });
    await expect(read({ other: 'key' })).rejects.toMatchObject({ reason: 'SecretMissing' });
    await expect(readConnection(join(tmp, 'nowhere'), { port: 1, schemes: [] })).rejects.toMatchObject({
      reason: 'SecretMissing',
    });
  });
});

test('knows every form of the credentials that must not be shown', async () => {
  const uri = 'postgres://app:p%40ss@db/shop';
  const folder = await secretFolder({ ...keys, uri, 'tls.key': 'PEM' }, tmp);
  expect(await credentialsIn(folder)).toEqual([uri, 's3cret', 'PEM', 'p%40ss', 'p@ss']);
});
