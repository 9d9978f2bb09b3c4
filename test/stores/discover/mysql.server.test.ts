import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectionDefaults } from '../../../src/api/backends/mysql.ts';
import type { Finding } from '../../../src/stores/discover/finding.ts';
import { connectReadOnly } from '../../../src/stores/mysql/connection.ts';
import { discoverAt } from '../../../src/stores/mysql/discover.ts';
import { settingsFrom } from '../../../src/stores/server-options.ts';
import { startCuttingProxy } from '../../servers/cutting-proxy.ts';
import { flavours, type TestMysql } from '../../servers/mysql.ts';
import { sharedMysql, unique } from '../../servers/shared.ts';
import { assumptions, collected } from './collected.ts';

const tables = `
  CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data longtext NOT NULL,
    expire_date datetime(6) NOT NULL, KEY django_session_expire_date_a5c62663 (expire_date));
  CREATE TABLE sessions (id varchar(255) PRIMARY KEY, user_id bigint unsigned, ip_address varchar(45), user_agent text,
    payload longtext NOT NULL, last_activity int NOT NULL);
  CREATE TABLE session (sess_id varchar(128) PRIMARY KEY, changed datetime NOT NULL, ip varchar(40) NOT NULL,
    vars mediumtext NOT NULL);
  CREATE TABLE web_session (id bigint PRIMARY KEY, good_until datetime);
  CREATE TABLE orders (id bigint PRIMARY KEY, updated_at datetime);`;

/** One in four, five and ten is stale. */
const fill = (power: number): string => `
  CREATE TABLE numbers (n int PRIMARY KEY); INSERT INTO numbers VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
  ${Array.from({ length: power - 1 }, (_, at) => `INSERT INTO numbers SELECT a.n + b.n * ${10 ** (at + 1)} FROM numbers a, (SELECT n FROM numbers WHERE n BETWEEN 1 AND 9) b;`).join('\n')}
  INSERT INTO django_session SELECT LEFT(SHA2(n, 256), 40), 'x', IF(n % 4 = 0, '2026-01-02 03:04:05', UTC_TIMESTAMP() + INTERVAL 1 DAY) FROM numbers;
  INSERT INTO sessions SELECT LEFT(SHA2(n, 256), 40), n, '192.0.2.1', 'agent', 'x', UNIX_TIMESTAMP() - IF(n % 5 = 0, 30 * 86400, 60) FROM numbers;
  INSERT INTO session SELECT LEFT(SHA2(n, 256), 40), UTC_TIMESTAMP() - INTERVAL IF(n % 10 = 0, 30, 1) DAY, '', '' FROM numbers;
  DROP TABLE numbers;`;

describe.each(flavours)('%s', (flavour) => {
  let server: TestMysql;
  beforeAll(async () => {
    server = await sharedMysql(flavour);
  });
  afterAll(async () => server[Symbol.asyncDispose]());

  async function database(setUp: string) {
    const role = await server.createRole(unique('app'));
    const name = await server.createDatabase(unique('shop'), role);
    const sql = <Row extends object>(text: string) =>
      server.sql<Row>(`SET time_zone = '+00:00'; ${text}`, { database: name });
    await sql(setUp);
    const { host, port } = server;
    const settings = settingsFrom({ host, port, ...role, database: name }, connectionDefaults);
    const look = (options: Partial<Parameters<typeof discoverAt>[1]> = {}) =>
      discoverAt(settings, { ...assumptions, ...options });
    return { name, role, sql, settings, look, found: (options = {}) => collected(look(options)) };
  }

  const of = (findings: readonly Finding[], table: string): Finding | undefined =>
    findings.find((finding) => finding.table === table);

  test('tables of several libraries are found with their counts, in the application’s zone where they need one', async () => {
    const { found } = await database(`${tables}${fill(4)}`);
    const findings = await found();
    expect(findings.map(({ table, candidates: [first] }) => [table, first?.layout])).toEqual([
      ['django_session', 'django'],
      ['session', 'roundcube'],
      ['sessions', 'laravel'],
      ['web_session', undefined],
    ]);
    expect(of(findings, 'django_session')).toMatchObject({
      counts: {
        sessions: 10_000,
        stale: 2500,
        isEstimate: false,
        oldestStale: '2026-01-02T03:04:05.000Z',
      },
      backend: 'mysql',
      index: 'yes',
      assumed: {},
      notes: [],
    });
    expect(of(findings, 'sessions')).toMatchObject({
      counts: { sessions: 10_000, stale: 2000, isEstimate: false },
      index: 'no',
      assumed: { unmodifiedFor: '14d' },
    });
    expect(of(findings, 'session')).toMatchObject({
      counts: { sessions: 10_000, stale: 1000 },
      assumed: { unmodifiedFor: '14d', timeZone: 'UTC' },
      notes: [expect.anything(), expect.stringContaining('assumes that its times are in the zone UTC')],
    });
    expect(of(findings, 'web_session')?.notes[0]).toMatch(/^looks like sessions by its name/);
    const zoned = of(await found({ timeZone: 'Asia/Tokyo' }), 'session');
    expect(zoned?.assumed).toEqual({ unmodifiedFor: '14d', timeZone: 'Asia/Tokyo' });
  });

  test('a table above the limit is counted by rows from both ends of its key', async () => {
    const { found } = await database(`${tables}${fill(3)} ANALYZE TABLE django_session;`);
    const counts = of(await found({ exactRows: 100 }), 'django_session')?.counts;
    expect(counts?.isEstimate).toBe(true);
    expect(counts?.sessions).toBeGreaterThan(500);
    expect(counts?.sessions).toBeLessThan(2000);
    const share = (counts?.stale ?? 0) / (counts?.sessions ?? 1);
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.35);
  });

  test('a table that disappears meanwhile is named, and one that the account may not read', async () => {
    const session = (name: string) =>
      `CREATE TABLE ${name} (session_key varchar(40) PRIMARY KEY, session_data longtext NOT NULL, expire_date datetime(6) NOT NULL);`;
    const { look, sql } = await database(`${session('session_a')}${session('session_b')}`);
    const findings: Finding[] = [];
    for await (const finding of look()) {
      findings.push(finding);
      if (finding.table === 'session_a') await sql('DROP TABLE session_b');
    }
    expect(of(findings, 'session_b')?.notes).toEqual(['disappeared meanwhile']);
    const { name, sql: other } = await database(session('django_session'));
    const reader = await server.createRole(unique('reader'));
    await other(`GRANT INSERT ON ${name}.django_session TO '${reader.user}'@'%'`);
    const { host, port } = server;
    const settings = settingsFrom({ host, port, ...reader, database: name }, connectionDefaults);
    expect((await collected(discoverAt(settings, assumptions)))[0]?.notes).toEqual([
      expect.stringContaining('may not be read by this account'),
    ]);
  });

  test('the connection may not write', async () => {
    const { settings } = await database(tables);
    await using connection = await connectReadOnly(settings);
    const insert = connection.change("INSERT INTO web_session VALUES (1, '2026-01-01')");
    await expect(insert).rejects.toMatchObject({ cause: { errno: 1792 } });
  });

  test('a connection that the server does not make read-only is closed', async () => {
    const { name, role } = await database(tables);
    const words = 'TRANSACTION READ ONLY';
    await using proxy = await startCuttingProxy(server, () => ({
      // The server gets other words, which it does not know.
      fromClient: (chunk) => void (chunk.includes(words) && chunk.fill('?', chunk.indexOf(words))),
      fromServer: () => 'pass',
    }));
    const at = { host: '127.0.0.1', port: proxy.port, ...role, database: name };
    const settings = settingsFrom({ ...at, tls: { mode: 'disable' } }, connectionDefaults);
    await expect(connectReadOnly(settings)).rejects.toMatchObject({ cause: { errno: 1064 } });
    const open = () => server.sql(`SELECT 1 FROM information_schema.PROCESSLIST WHERE USER = '${role.user}'`);
    await expect.poll(open, { timeout: 60_000 }).toEqual([]);
  });
});
