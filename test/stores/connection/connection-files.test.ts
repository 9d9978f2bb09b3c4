import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConnection } from '../../../src/stores/connection/connection-files.ts';
import { secretFolder } from '../../servers/secret-folder.ts';

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
      'a percent-encoded uri',
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
    ['an invalid port', { ...keys, port: '70000' }, /key port/],
    [
      'an invalid mode',
      { ...keys, sslmode: 'no-verify' },
      /sslmode .* disable, prefer, require, verify-ca, verify-full/,
    ],
    ['a certificate without its key', { ...keys, 'tls.crt': 'PEM' }, /lacks the key tls\.key/],
    ['a key without its certificate', { ...keys, 'tls.key': 'PEM' }, /lacks the key tls\.crt/],
    ['verify-ca without a CA', { ...keys, sslmode: 'verify-ca' }, /ca\.crt/],
    ['an invalid uri', { uri: 'postgres://app:s3c#ret@db/shop' }, /key uri is not a URI.*percent-encoded/],
    ['a uri of something else', { uri: 'mysql://app:s3cret@db/shop' }, /must begin with postgresql:\/\//],
    ['a uri with several hosts', { uri: `${uri}a,b/shop` }, /several hosts/],
    ['a uri with start-up options', { uri: `${uri}db/shop?options=-csearch_path%3Dx` }, /start-up options/],
    ['a uri with a stray %', { uri: 'postgres://app:s3%cret@db/shop' }, /write %25/],
  ])('%s', async (_name, secret, words) => {
    const error = await read(secret).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: 'SecretIncomplete', message: expect.stringMatching(words) });
    expect((error as Error).message).not.toMatch(/s3c/);
  });

  test('an empty folder: the Secret is missing', async () => {
    await expect(read({})).rejects.toMatchObject({ reason: 'SecretMissing' });
    await expect(read({ other: 'key' })).rejects.toMatchObject({ reason: 'SecretMissing' });
    await expect(readConnection(join(tmp, 'nowhere'), { port: 1, schemes: [] })).rejects.toMatchObject({
      reason: 'SecretMissing',
    });
  });
});

describe('a value that is not what its key says is refused by its key, and nothing of it is shown:', () => {
  const secretUri = 'postgres://app:pr1vate-w0rd@db/shop';
  test.each<[string, Secret, RegExp]>([
    ['a uri under host', { ...keys, host: secretUri }, /key host is not a host.*put a whole URI under uri/],
    ['user and password before the host', { ...keys, host: 'app:pr1vate-w0rd@db' }, /key host is not a host/],
    ['a port after the host', { ...keys, host: 'pr1vate-w0rd:5432' }, /key host is not a host/],
    ['a path after the host', { ...keys, host: 'pr1vate-w0rd/shop' }, /key host is not a host/],
    ['white space in the host', { ...keys, host: 'pr1vate-w0rd db' }, /key host is not a host/],
    ['a socket', { ...keys, host: '/var/run/pr1vate-w0rd' }, /key host is not a host/],
    ['a host in another script', { ...keys, host: 'pr1vate-w0rdü' }, /key host is not a host/],
    [
      'a host that is too long',
      { ...keys, host: `pr1vate-w0rd${'.x'.repeat(130)}` },
      /host is longer than 253/,
    ],
    ['a password under port', { ...keys, port: 'pr1vate-w0rd' }, /key port is (not a port|longer)/],
    ['a password under sslmode', { ...keys, sslmode: 'pr1vate-w0rd' }, /key sslmode .*must be one of/],
    ['lines in the user name', { ...keys, username: 'app\npr1vate-w0rd' }, /key username has a control/],
    ['lines in the database', { ...keys, database: 'shop\rpr1vate-w0rd' }, /key database has a control/],
    ['a user name that is too long', { ...keys, username: 'pr1vate-w0rd'.repeat(30) }, /username is longer/],
    ['NUL in the password', { ...keys, password: 'pr1vate-w0rd\0' }, /key password has a NUL/],
    ['a password that is too long', { ...keys, password: 'pr1vate-w0rd'.repeat(2000) }, /password is longer/],
    [
      'an invalid host in the uri',
      { uri: 'postgres://app:x@pr1vate%20w0rd/shop' },
      /uri \(its host\) is not/,
    ],
    [
      'lines in the uri',
      { uri: 'postgres://app:x@db/shop%0Apr1vate-w0rd' },
      /uri \(its database\) has a control/,
    ],
    ['a password with a / in a uri', { uri: 'postgres://app:12/pr1vate-w0rd@db/shop' }, /percent-encoded/],
    ['a password with a ? in a uri', { uri: 'postgres://app:12?pr1vate&w0rd@db/shop' }, /percent-encoded/],
    ['a password with a # in a uri', { uri: 'postgres://app:12#pr1vate-w0rd@db/shop' }, /percent-encoded/],
    ['a # in a uri', { uri: 'postgres://app:x@db/shop?sslmode=require#pr1vate-w0rd' }, /write %23/],
  ])('%s', async (_name, secret, words) => {
    const error = await read(secret).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: 'SecretIncomplete', message: expect.stringMatching(words) });
    expect((error as Error).message).not.toMatch(/pr1vate|w0rd/);
  });

  test.each([
    'db',
    'db.shop.svc',
    'my_db',
    'db.',
    '10.0.0.1',
    '::1',
    'fe80::1%eth0',
    'xn--bcher-kva.example',
  ])('%s is a host', async (host) => {
    expect(await read({ ...keys, host })).toMatchObject({ host });
  });

  test('a key that asks for TLS in the words of a driver is read as well', async () => {
    expect(await read({ ...keys, 'ssl-mode': 'VERIFY_IDENTITY\n' })).toMatchObject({
      tlsMode: 'verify-full',
    });
    await expect(read({ ...keys, sslrootcert: 'PEM' })).rejects.toMatchObject({ reason: 'SecretIncomplete' });
  });

  test('a pipe, a device, a folder, other bytes than UTF-8: none holds a run up', async () => {
    const folder = await secretFolder(keys, tmp);
    const at = join(folder, 'password');
    const refused = async (words: RegExp) => {
      const error = await readConnection(folder, { port: 1, schemes: [] }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ reason: 'SecretIncomplete', message: expect.stringMatching(words) });
      await rm(at, { recursive: true });
    };
    await rm(at);
    execFileSync('mkfifo', [at]);
    await refused(/key password is not a file/);
    await symlink('/dev/zero', at);
    await refused(/key password is not a file/);
    await mkdir(at);
    await refused(/key password is not a file/);
    await writeFile(at, Buffer.from([0x70, 0xff, 0xfe]));
    await refused(/key password is not UTF-8/);
  });
});
