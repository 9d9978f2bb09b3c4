import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openConnection } from '../../../src/stores/postgres/connection.ts';
import { certificateAuthority } from '../../servers/certificates.ts';
import { misplaced, toldOf } from '../../servers/misplaced.ts';
import { startPgBouncer, startPostgres, type TestPostgres } from '../../servers/postgres.ts';
import { secretFolder } from '../../servers/secret-folder.ts';
import { startWebServer } from '../../servers/web-server.ts';

type Extra = Readonly<Record<string, string | undefined>>;
type Role = TestPostgres['superuser'];

let tmp: string;
let secure: TestPostgres;
let plain: TestPostgres;
let app: Role;
let plainApp: Role;

beforeAll(async () => {
  tmp = await mkdtemp(join(tmpdir(), 'connection-test-'));
  const hba = [
    'hostssl all certified 127.0.0.1/32 cert',
    'hostnossl all clear 127.0.0.1/32 scram-sha-256',
    'host all clear 127.0.0.1/32 reject',
  ];
  [secure, plain] = await Promise.all([startPostgres({ tls: true, hba }), startPostgres()]);
  app = await secure.createRole('app');
  plainApp = await plain.createRole('app');
});
afterAll(async () => {
  await secure[Symbol.asyncDispose]();
  await plain[Symbol.asyncDispose]();
  await rm(tmp, { recursive: true });
});

/** A folder for what only one test needs. */
const scratch = () => secretFolder({}, tmp);

/** The report of the connection, or its failure. */
async function outcomeOf(folder: Promise<string>) {
  try {
    await using connection = await openConnection(await folder);
    await connection.query('SELECT 1');
    return connection.report;
  } catch (error) {
    const { reason, message } = error as { reason?: string; message: string };
    for (const { password } of [...secure.roles, ...plain.roles]) expect(message).not.toContain(password);
    return { reason, message };
  }
}

const toSecure = (extra: Extra = {}, role = app) =>
  outcomeOf(secure.connectionFolder(role, 'postgres', { host: 'localhost', ...extra }));
const toPlain = (extra: Extra = {}) => outcomeOf(plain.connectionFolder(plainApp, 'postgres', extra));
const caOf = (postgres: TestPostgres): string => postgres.ca?.certificate ?? '';

describe('TLS', () => {
  test('with a CA and no sslmode the server is verified, name and all', async () => {
    const report = await toSecure({ 'ca.crt': caOf(secure) });
    expect(report).toMatchObject({
      tls: 'TLSv1.3 verified',
      server: expect.stringMatching(/^PostgreSQL \d+\.\d+$/),
    });
    expect(report).toHaveProperty('certificateExpires', expect.stringMatching(/^\d{4}-.*Z$/));
    expect(await toSecure({ 'ca.crt': caOf(secure), host: '127.0.0.1' })).toMatchObject({
      reason: 'TlsFailed',
    });
  });

  test('verify-ca does not look at the name, and needs the CA', async () => {
    const ip = { sslmode: 'verify-ca', host: '127.0.0.1' };
    expect(await toSecure({ ...ip, 'ca.crt': caOf(secure) })).toMatchObject({ tls: 'TLSv1.3 verified' });
    expect(await toSecure(ip)).toMatchObject({
      reason: 'SecretIncomplete',
      message: expect.stringMatching(/ca\.crt/),
    });
  });

  test('the wrong CA is refused by every mode that verifies', async () => {
    const { certificate } = await certificateAuthority(await scratch(), 'other');
    for (const sslmode of ['require', 'verify-ca', 'verify-full']) {
      expect(await toSecure({ sslmode, 'ca.crt': certificate })).toMatchObject({ reason: 'TlsFailed' });
    }
    expect(await toSecure({ sslmode: 'verify-full' })).toMatchObject({ reason: 'TlsFailed' });
  });

  test('require without a CA encrypts, and refuses a server without TLS', async () => {
    expect(await toSecure({ sslmode: 'require' })).toMatchObject({ tls: 'TLSv1.3 unverified' });
    expect(await toPlain({ sslmode: 'require' })).toMatchObject({ reason: 'TlsFailed' });
  });

  test('prefer encrypts where the server can, and goes on in the clear where it cannot or may not', async () => {
    expect(await toSecure()).toMatchObject({ tls: 'TLSv1.3 unverified' });
    expect(await toPlain()).toMatchObject({ tls: 'off' });
    const clear = await secure.createRole('clear');
    expect(await toSecure({}, clear)).toMatchObject({ tls: 'off' });
    expect(await toSecure({ sslmode: 'require' }, clear)).toMatchObject({ reason: 'AuthenticationFailed' });
  });

  test('disable stays in the clear', async () => {
    expect(await toSecure({ sslmode: 'disable' })).toMatchObject({ tls: 'off' });
  });

  test('a client certificate takes the place of a password', async () => {
    const certified = await secure.createRole('certified');
    const issued = await secure.ca?.issue('certified');
    const tls = { 'tls.crt': issued?.certificate, 'tls.key': issued?.key, 'ca.crt': caOf(secure) };
    expect(await toSecure({ ...tls, password: undefined }, certified)).toMatchObject({
      tls: 'TLSv1.3 verified',
    });
    expect(await toSecure({ 'ca.crt': caOf(secure) }, certified)).toMatchObject({
      reason: 'AuthenticationFailed',
    });
    const foreign = await (await certificateAuthority(await scratch())).issue('certified');
    const wrong = { ...tls, 'tls.crt': foreign.certificate, 'tls.key': foreign.key };
    expect(await toSecure(wrong, certified)).toMatchObject({ reason: 'TlsFailed' });
  });

  test('PEM that cannot be used names its key', async () => {
    const issued = await secure.ca?.issue('certified');
    const other = await secure.ca?.issue('other');
    const broken = { 'tls.crt': issued?.certificate, 'tls.key': 'not PEM' };
    expect(await toSecure(broken)).toMatchObject({
      reason: 'SecretIncomplete',
      message: expect.stringMatching(/tls\.key/),
    });
    const mixed = { 'tls.crt': issued?.certificate, 'tls.key': other?.key };
    expect(await toSecure(mixed)).toMatchObject({
      reason: 'SecretIncomplete',
      message: expect.stringMatching(/does not belong/),
    });
    expect(await toSecure({ 'ca.crt': 'no' })).toMatchObject({
      reason: 'SecretIncomplete',
      message: expect.stringMatching(/ca\.crt/),
    });
  });
});

describe('the Secret', () => {
  test('a uri alone is enough, and goes before the other keys', async () => {
    const { user, password } = plainApp;
    const uri = `postgresql://${user}:${password}@127.0.0.1:${plain.port}/postgres?sslmode=disable\n`;
    expect(await outcomeOf(secretFolder({ uri }, tmp))).toMatchObject({ tls: 'off' });
    expect(await outcomeOf(secretFolder({ uri, host: 'elsewhere', port: '1' }, tmp))).toMatchObject({
      tls: 'off',
    });
  });

  test('an empty password that the server asks for is a missing key', async () => {
    const outcome = await toPlain({ password: undefined });
    expect(outcome).toMatchObject({
      reason: 'SecretIncomplete',
      message: expect.stringMatching(/key password/),
    });
  });
});

describe('trouble', () => {
  test.each<[string, Extra, string]>([
    ['a wrong password', { password: 'wrong' }, 'AuthenticationFailed'],
    ['an unknown role', { username: 'nobody' }, 'AuthenticationFailed'],
    ['a missing database', { database: 'missing' }, 'DatabaseMissing'],
    ['a port without a server', { port: '1' }, 'ConnectionFailed'],
    ['an invalid host name', { host: 'no-such-host.invalid' }, 'ConnectionFailed'],
  ])('%s', async (_name, extra, reason) => {
    expect(await toPlain(extra)).toMatchObject({ reason });
  });

  test('a server that is out of connections, or down, is worth another try', async () => {
    await using full = await startPostgres({
      settings: { max_connections: '2', superuser_reserved_connections: '0', max_wal_senders: '0' },
    });
    const role = await full.createRole('app');
    const folder = full.connectionFolder(role, 'postgres');
    const clients = [await full.client({ role }), await full.client({ role })];
    expect(await outcomeOf(folder)).toMatchObject({ reason: 'ServerUnavailable' });
    await Promise.all(clients.map((client) => client.end()));
    await full.stop();
    expect(await outcomeOf(folder)).toMatchObject({ reason: 'ConnectionFailed' });
    await full.start();
    expect(await outcomeOf(folder)).toMatchObject({ tls: 'off' });
  });

  test('a connection that breaks under a query is ConnectionFailed or ServerUnavailable, never a crash', async () => {
    await using connection = await openConnection(await plain.connectionFolder(plainApp, 'postgres'));
    await plain.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'`);
    await expect(connection.query('SELECT 1')).rejects.toMatchObject({
      reason: expect.stringMatching(/^(ConnectionFailed|ServerUnavailable)$/),
    });
  });
});

test('through PgBouncer in transaction mode nothing leaks from one transaction to the next', async () => {
  await using bouncer = await startPgBouncer(plain);
  const folder = await plain.connectionFolder(plainApp, 'postgres', { port: String(bouncer.port) });
  await using connection = await openConnection(folder);
  const timeout = async () => (await connection.query('SHOW lock_timeout')).rows[0];
  const inside = await connection.transaction(timeout, { lock_timeout: '1s' });
  expect(inside).toEqual({ lock_timeout: '1s' });
  expect(await timeout()).toEqual({ lock_timeout: '0' });
  expect((await connection.query('SELECT $1::int AS n', [1])).rows).toEqual([{ n: 1 }]);
});

test('a password in the wrong place is told by no failure', async () => {
  const { password } = plainApp;
  let failures = 0;
  for (const [mistake, extra] of misplaced('postgres', password, plain.port)) {
    const folder = await plain.connectionFolder(plainApp, 'postgres', extra);
    const told = await toldOf(async () => (await openConnection(folder))[Symbol.asyncDispose](), folder);
    expect(told.toLowerCase(), mistake).not.toContain(password.slice(0, 8));
    if (told !== '') failures += 1;
  }
  expect(failures).toBeGreaterThan(15);
});

test('TLS that was asked for, in whichever words, is not given up', async () => {
  const uri = `postgres://${plainApp.user}:${plainApp.password}@127.0.0.1:${plain.port}/postgres`;
  for (const parameter of ['ssl=verify-full', 'sslmode=VERIFY_FULL', 'requiressl=1', 'sslrootcert=system']) {
    expect(await outcomeOf(secretFolder({ uri: `${uri}?${parameter}` }, tmp)), parameter).toMatchObject({
      reason: 'TlsFailed',
    });
  }
  expect(await toPlain({ sslmode: 'REQUIRED' })).toMatchObject({ reason: 'TlsFailed' });
});

test('an error of the server quotes no value and no words of a trigger', async () => {
  await using connection = await openConnection(await plain.connectionFolder(plainApp, 'postgres'));
  const raise = (code: string) => `DO $$BEGIN RAISE 's3ss10n-id' USING ERRCODE = '${code}'; END$$`;
  for (const [statement, words] of [
    ["SELECT 's3ss10n-id'::int", /may quote a session: see the server’s log \(SQLSTATE 22P02\)/],
    ["SELECT 's3ss10n-id'::timestamptz", /SQLSTATE 22007/],
    [`SELECT '{"s3ss10n-id"'::json`, /SQLSTATE 22P02/],
    [raise('P0001'), /a function or trigger refused it.*SQLSTATE P0001/],
    [raise('42501'), /a function or trigger refused it.*SQLSTATE 42501/],
    [raise('ZZ999'), /a function or trigger refused it.*SQLSTATE ZZ999/],
    [
      "CREATE TEMP TABLE t (id text CONSTRAINT t_one PRIMARY KEY); INSERT INTO t VALUES ('s3ss10n-id'), ('s3ss10n-id')",
      /it violates the constraint t_one \(SQLSTATE 23505\)/,
    ],
    ['SELECT no_such_column', /column "no_such_column" does not exist \(SQLSTATE 42703\)/],
  ] as const) {
    const error = await connection.query(statement).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: expect.stringMatching(words) });
    expect((error as Error).message).not.toContain('s3ss10n');
  }
});

test('of a server that is no database nothing is shown', async () => {
  await using server = await startWebServer('s3cret-answer');
  const folder = await plain.connectionFolder(plainApp, 'postgres', { port: String(server.port) });
  const told = await toldOf(() => openConnection(folder), folder);
  expect(told).toMatch(/^(ConnectionFailed|TlsFailed|InternalError): /);
  expect(told).not.toMatch(/s3cret|HTTP/);
});
