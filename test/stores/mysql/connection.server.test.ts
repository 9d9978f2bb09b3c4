import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openConnection } from '../../../src/stores/mysql/connection.ts';
import { certificateAuthority } from '../../servers/certificates.ts';
import { misplaced, toldOf } from '../../servers/misplaced.ts';
import { flavours, type Role, startMysql, type TestMysql } from '../../servers/mysql.ts';
import { secretFolder } from '../../servers/secret-folder.ts';
import { startWebServer } from '../../servers/web-server.ts';

type Extra = Readonly<Record<string, string | undefined>>;

describe.each(flavours)('a connection to %s', (flavour) => {
  let tmp: string;
  let secure: TestMysql;
  let plain: TestMysql;
  let app: Role;
  let plainApp: Role;

  beforeAll(async () => {
    tmp = await mkdtemp(join(tmpdir(), 'connection-test-'));
    // MySQL would make a certificate of its own.
    const withoutTls = flavour === 'mysql' ? { 'tls-version': '' } : {};
    secure = await startMysql(flavour, { tls: 'localhost' });
    plain = await startMysql(flavour, { settings: withoutTls });
    [app, plainApp] = [await secure.createRole('app'), await plain.createRole('app')];
    await secure.createDatabase('shop', app);
    await plain.createDatabase('shop', plainApp);
  });
  afterAll(async () => {
    await secure[Symbol.asyncDispose]();
    await plain[Symbol.asyncDispose]();
    await rm(tmp, { recursive: true });
  });

  /** The report of the connection, or its failure. Neither may contain a password. */
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
    outcomeOf(secure.connectionFolder(role, 'shop', { host: 'localhost', ...extra }));
  const toPlain = (extra: Extra = {}) => outcomeOf(plain.connectionFolder(plainApp, 'shop', extra));
  const ca = () => ({ 'ca.crt': secure.ca?.certificate ?? '' });

  test('with a CA and no sslmode the server is verified, name and all', async () => {
    const report = await toSecure(ca());
    expect(report).toMatchObject({ tls: expect.stringMatching(/^TLSv1\.[23] verified$/) });
    expect(report).toHaveProperty('certificateExpires', expect.stringMatching(/^\d{4}-.*Z$/));
    expect(await toSecure({ ...ca(), host: '127.0.0.1' })).toMatchObject({
      reason: 'TlsFailed',
      message: expect.stringMatching(/name the host, or set sslmode to verify-ca/),
    });
  });

  test('a server of another authority is refused by every mode that verifies', async () => {
    const folder = await secretFolder({}, tmp);
    const authority = await certificateAuthority(folder, 'other');
    for (const sslmode of ['require', 'verify-ca', 'verify-full']) {
      expect(await toSecure({ sslmode, 'ca.crt': authority.certificate })).toMatchObject({
        reason: 'TlsFailed',
      });
    }
    expect(await toSecure({ sslmode: 'verify-full' })).toMatchObject({ reason: 'TlsFailed' });
  });

  test('verify-ca does not look at the name, and needs the CA', async () => {
    const ip = { sslmode: 'verify-ca', host: '127.0.0.1' };
    expect(await toSecure({ ...ip, ...ca() })).toMatchObject({ tls: expect.stringMatching(/ verified$/) });
    expect(await toSecure(ip)).toMatchObject({
      reason: 'SecretIncomplete',
      message: expect.stringMatching(/ca\.crt/),
    });
  });

  test('a server under another name is refused by verify-full alone', async () => {
    await using other = await startMysql(flavour, { tls: 'elsewhere' });
    const role = await other.createRole('app');
    await other.createDatabase('shop', role);
    const to = (sslmode: string) =>
      outcomeOf(
        other.connectionFolder(role, 'shop', { host: 'localhost', sslmode, 'ca.crt': other.ca?.certificate }),
      );
    expect(await to('verify-full')).toMatchObject({ reason: 'TlsFailed' });
    expect(await to('verify-ca')).toMatchObject({ tls: expect.stringMatching(/ verified$/) });
  });

  test('require without a CA encrypts, and refuses a server without TLS', async () => {
    expect(await toSecure({ sslmode: 'require' })).toMatchObject({
      tls: expect.stringMatching(/ unverified$/),
    });
    expect(await toPlain({ sslmode: 'require' })).toMatchObject({ reason: 'TlsFailed' });
  });

  test('prefer encrypts where the server can, and goes on in the clear where it cannot', async () => {
    expect(await toSecure()).toMatchObject({ tls: expect.stringMatching(/ unverified$/) });
    expect(await toPlain()).toMatchObject({ tls: 'off' });
    expect(await toSecure({ sslmode: 'disable' })).toMatchObject({ tls: 'off' });
  });

  test('a client certificate is shown where the account asks for one', async () => {
    const certified = await secure.createRole('certified', 'REQUIRE X509');
    await secure.sql("GRANT ALL ON shop.* TO certified@'%'");
    const issued = await secure.ca?.issue('certified');
    const tls = { ...ca(), 'tls.crt': issued?.certificate, 'tls.key': issued?.key };
    expect(await toSecure(tls, certified)).toMatchObject({ tls: expect.stringMatching(/ verified$/) });
    expect(await toSecure(ca(), certified)).toMatchObject({ reason: 'AuthenticationFailed' });
    expect(await toSecure({ ...tls, 'tls.key': 'not PEM' }, certified)).toMatchObject({
      reason: 'SecretIncomplete',
      message: expect.stringMatching(/tls\.key/),
    });
  });

  test('a uri alone is enough, and says its TLS mode', async () => {
    const { user, password } = plainApp;
    const uri = `mysql://${user}:${password}@127.0.0.1:${plain.port}/shop`;
    for (const end of ['', '?sslmode=disable', '?ssl-mode=DISABLED']) {
      expect(await outcomeOf(secretFolder({ uri: uri + end }, tmp))).toMatchObject({ tls: 'off' });
    }
    expect(await outcomeOf(secretFolder({ uri: `${uri}?ssl-mode=REQUIRED` }, tmp))).toMatchObject({
      reason: 'TlsFailed',
    });
    expect(await outcomeOf(secretFolder({ uri: uri.replace('mysql:', 'postgresql:') }, tmp))).toMatchObject({
      reason: 'SecretIncomplete',
      message: expect.stringMatching(/mysql:\/\//),
    });
  });

  test('a password in the wrong place is told by no failure', async () => {
    const { password } = plainApp;
    let failures = 0;
    for (const [mistake, extra] of misplaced('mysql', password, plain.port)) {
      const folder = await plain.connectionFolder(plainApp, 'shop', extra);
      const told = await toldOf(async () => (await openConnection(folder))[Symbol.asyncDispose](), folder);
      expect(told.toLowerCase(), mistake).not.toContain(password.slice(0, 8));
      if (told !== '') failures += 1;
    }
    expect(failures).toBeGreaterThan(15);
  });

  test('TLS that was asked for, in whichever words, is not given up', async () => {
    const uri = `mysql://${plainApp.user}:${plainApp.password}@127.0.0.1:${plain.port}/shop`;
    for (const parameter of ['ssl-mode=verify_identity', 'sslMode=VERIFY-IDENTITY', 'ssl=1', 'tls=true']) {
      expect(await outcomeOf(secretFolder({ uri: `${uri}?${parameter}` }, tmp)), parameter).toMatchObject({
        reason: 'TlsFailed',
      });
    }
    expect(await toPlain({ sslmode: 'REQUIRED' })).toMatchObject({ reason: 'TlsFailed' });
  });

  test.each<[string, Extra, string]>([
    ['a wrong password', { password: 'wrong' }, 'AuthenticationFailed'],
    ['no password', { password: undefined }, 'AuthenticationFailed'],
    ['an unknown account', { username: 'nobody' }, 'AuthenticationFailed'],
    ['a port without a server', { port: '1' }, 'ConnectionFailed'],
    ['an invalid host name', { host: 'no-such-host.invalid' }, 'ConnectionFailed'],
    ['a database that is not there, or not for this account', { database: 'missing' }, 'PermissionDenied'],
  ])('%s', async (_, extra, reason) => {
    expect(await toPlain(extra)).toMatchObject({ reason });
  });

  test('a missing database is named to who may see that', async () => {
    const folder = plain.connectionFolder(plain.superuser, 'missing');
    expect(await outcomeOf(folder)).toMatchObject({
      reason: 'DatabaseMissing',
      message: expect.stringMatching(/missing/),
    });
  });

  test('an account that must change its password, or is locked, is for a person', async () => {
    const role = await plain.createRole('closed');
    await plain.sql("GRANT ALL ON shop.* TO closed@'%'; ALTER USER closed@'%' ACCOUNT LOCK");
    expect(await outcomeOf(plain.connectionFolder(role, 'shop'))).toMatchObject({
      reason: 'AuthenticationFailed',
    });
  });

  test('a server that is out of connections, or down, is worth another try', async () => {
    await using full = await startMysql(flavour);
    const role = await full.createRole('app');
    await full.createDatabase('shop', role);
    await full.sql("ALTER USER app@'%' WITH MAX_USER_CONNECTIONS 1");
    const folder = full.connectionFolder(role, 'shop');
    const client = await full.client({ role });
    expect(await outcomeOf(folder)).toMatchObject({ reason: 'ServerUnavailable' });
    await client.end();
    await full.stop();
    expect(await outcomeOf(folder)).toMatchObject({ reason: 'ConnectionFailed' });
    await full.start();
    expect(await outcomeOf(folder)).toMatchObject({ tls: expect.any(String) });
  });

  test('an error of the server quotes no value and no words of a trigger', async () => {
    await using connection = await openConnection(await plain.connectionFolder(plainApp, 'shop'));
    await connection.query('CREATE TEMPORARY TABLE t (id VARCHAR(20) PRIMARY KEY, n INT DEFAULT 0)');
    await connection.query("INSERT INTO t (id) VALUES ('s3ss10n-id')");
    for (const [statement, words] of [
      ["INSERT INTO t (id) VALUES ('s3ss10n-id')", /Duplicate entry ‘…’ \(error 1062\)/],
      ["UPDATE t SET n = 's3ss10n-id'", /value: ‘…’ \(error 1366\)/],
      ["DELETE FROM t WHERE DATE's3ss10n-id' < NOW()", /value: ‘…’ \(error 1525\)/],
      [
        "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 's3ss10n-id'",
        /a trigger refused it, in words that may quote a session \(error 1644\)/,
      ],
      ["SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 's3ss10n-id', MYSQL_ERRNO = 1142", /error 1142/],
      ['SELECT no_such_column', /no_such_column.*\(error 1054\)/],
    ] as const) {
      const error = await connection.query(statement).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ message: expect.stringMatching(words) });
      expect((error as Error).message).not.toContain('s3ss10n');
    }
  });

  test('of a server that is no database nothing is shown, and no server is sent a file of the pod', async () => {
    await using server = await startWebServer('s3cret-answer');
    const folder = await plain.connectionFolder(plainApp, 'shop', { port: String(server.port) });
    const told = await toldOf(() => openConnection(folder), folder);
    expect(told).toMatch(/^(ConnectionFailed|TlsFailed|InternalError): /);
    expect(told).not.toMatch(/s3cret|HTTP/);
    await plain.sql('SET GLOBAL local_infile = 1');
    await using connection = await openConnection(await plain.connectionFolder(plainApp, 'shop'));
    await connection.query('CREATE TEMPORARY TABLE lines_of (line TEXT)');
    await expect(
      connection.query("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE lines_of"),
    ).rejects.toThrow();
    expect(await connection.query('SELECT * FROM lines_of').catch(() => [])).toEqual([]);
  });

  test('a connection that breaks is ConnectionFailed or ServerUnavailable, never a crash', async () => {
    await using connection = await openConnection(await plain.connectionFolder(plainApp, 'shop'));
    const [row] = await connection.query<{ id: number }>('SELECT CONNECTION_ID() AS id');
    await plain.sql(`KILL ${row?.id}`);
    await expect(connection.query('SELECT 1')).rejects.toMatchObject({
      reason: expect.stringMatching(/^(ConnectionFailed|ServerUnavailable)$/),
    });
  });
});

test('a server that is too old for SKIP LOCKED would be refused by its version', async () => {
  const { serverOf } = await import('../../../src/stores/mysql/connection.ts');
  expect(serverOf('8.0.35-rds')).toEqual({ flavour: 'MySQL', number: '8.0.35' });
  expect(serverOf('5.5.5-10.6.16-MariaDB-log')).toEqual({ flavour: 'MariaDB', number: '10.6.16' });
  for (const version of ['5.7.44-log', '8.0.0', '10.5.23-MariaDB']) {
    expect(() => serverOf(version)).toThrow(expect.objectContaining({ reason: 'UnsupportedServer' }));
  }
});
