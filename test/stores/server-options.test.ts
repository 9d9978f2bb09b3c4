import { expect, test } from 'vitest';
import { type Layout, MysqlSessionStore, PostgresSessionStore, session3 } from '../../src/stores/library.ts';
import { type ServerOptions, settingsFrom } from '../../src/stores/server-options.ts';

const defaults = { port: 5432, schemes: ['postgresql:', 'postgres:'] };
const server = { host: 'db', user: 'app', password: 's3cret', database: 'shop' };

test.each<[string, ServerOptions, object]>([
  [
    'the usual port',
    server,
    { host: 'db', port: 5432, username: 'app', password: 's3cret', tlsMode: 'prefer' },
  ],
  ['a port', { ...server, port: 5433 }, { port: 5433 }],
  [
    'a uri',
    { uri: 'postgres://app:s3%40cret@db:5433/shop?sslmode=require' },
    { password: 's3@cret', tlsMode: 'require' },
  ],
  ['a mode of TLS', { ...server, tls: { mode: 'verify-full' } }, { tlsMode: 'verify-full' }],
  ['no password', { host: 'db', user: 'app', database: 'shop' }, { username: 'app' }],
])('takes %s', (_title, options, expected) => {
  expect(settingsFrom(options, defaults)).toMatchObject(expected);
});

test.each<[string, ServerOptions, RegExp]>([
  ['no user', { ...server, user: '' }, /^The options lack user \(or a uri/],
  ['no database', { uri: 'postgres://app@db' }, /^The options lack database \(or a uri/],
  ['an invalid port', { ...server, port: 70_000 }, /^The option port is not a port/],
  ['a fraction of a port', { ...server, port: 1.5 }, /^The option port is not a port/],
  [
    'a uri of something else',
    { uri: 'mysql://app:s3cret@db/shop' },
    /^The option uri must begin with postgresql/,
  ],
  ['an invalid CA', { ...server, tls: { ca: 's3cret' } }, /^The option tls.ca is not PEM/],
  [
    'a certificate without its key',
    { ...server, tls: { certificate: 'x' } },
    /lack tls.key which belongs to tls.certificate/,
  ],
  [
    'verify-ca without a CA',
    { ...server, tls: { mode: 'verify-ca' } },
    /lack tls.ca which tls.mode verify-ca needs/,
  ],
])('refuses %s, naming the option', (_title, options, words) => {
  const error = refused(() => settingsFrom(options, defaults));
  expect(error).toMatchObject({ reason: 'InvalidInput', message: expect.stringMatching(words) });
  expect(error.message).not.toContain('s3cret');
});

const nowhere: Layout = { ...session3, name: 'nowhere' };
delete (nowhere as { postgres?: unknown }).postgres;
delete (nowhere as { mysql?: unknown }).mysql;

test.each<[string, () => unknown, RegExp]>([
  [
    'a table’s name that is too long',
    () => new PostgresSessionStore({ ...server, table: 'x'.repeat(64) }),
    /option table/,
  ],
  [
    'a schema’s name that is empty',
    () => new PostgresSessionStore({ ...server, schema: '' }),
    /option schema/,
  ],
  [
    'a layout without a table in PostgreSQL',
    () => new PostgresSessionStore({ ...server, layout: nowhere }),
    /nowhere/,
  ],
  [
    'a table’s name that ends in a space',
    () => new MysqlSessionStore({ ...server, table: 'x ' }),
    /option table/,
  ],
  [
    'a layout without a table in MySQL',
    () => new MysqlSessionStore({ ...server, layout: nowhere }),
    /nowhere/,
  ],
])('a store refuses %s before it connects', (_title, make, words) => {
  expect(refused(make)).toMatchObject({ reason: 'InvalidInput', message: expect.stringMatching(words) });
});

function refused(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('Expected a refusal');
}
