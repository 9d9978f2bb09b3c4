import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { TestPostgres } from '../../servers/postgres.ts';
import { sharedPostgres, unique } from '../../servers/shared.ts';
import { connectPgSimpleTable } from '../../stores/postgres/fixture.ts';
import { cliOutcome } from '../fake-terminal.ts';

let postgres: TestPostgres;
let folder: string;
let uri: string;
let password: string;

beforeAll(async () => {
  postgres = await sharedPostgres();
  folder = await mkdtemp(join(tmpdir(), 'discover-'));
  const role = await postgres.createRole(unique('app'));
  const database = await postgres.createDatabase(unique('shop'), role);
  password = role.password;
  uri = `postgresql://${role.user}:${password}@${postgres.host}:${postgres.port}/${database}`;
  await postgres.sql(
    `SET ROLE ${role.user}; ${connectPgSimpleTable()} ${connectPgSimpleTable('shop_session')}
     INSERT INTO session SELECT n::text, '{}', now() - interval '1 day' FROM generate_series(1, 1200) n`,
    { database },
  );
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await postgres[Symbol.asyncDispose]();
});

test('a table says what was found, and what the counts take for granted, within the width of the terminal', async () => {
  const { stdout, stderr, exitCode } = await cliOutcome(['discover', '--uri-env', 'SHOP'], {
    columns: 80,
    env: { SHOP: uri },
  });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const lines = stdout.split('\n');
  expect(lines[0]).toMatch(/^PLACE +LAYOUT +SESSIONS +STALE +SINCE +SIZE$/);
  expect(lines[1]).toMatch(/^public\.session +connect-pg-simple +1,200 +1,200 +\d{4}-\d\d-\d\d +\d+ KiB$/);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(stdout).toContain('public.session, public.shop_session: assumes that its times are in the zone');
});

test('the uri comes from a file or from standard input, and the manifests go to standard output or to files', async () => {
  const file = join(folder, 'uri');
  await writeFile(file, `${uri}\n`);
  const printed = await cliOutcome([
    'discover',
    '--uri-file',
    file,
    '-o',
    'yaml',
    '--refer-to',
    'shop-db',
    '-n',
    'shop',
  ]);
  const stores = parseAllDocuments(printed.stdout).map((document) => document.toJS());
  expect(stores).toMatchObject([
    {
      metadata: { name: 'session', namespace: 'shop' },
      spec: { layout: 'connect-pg-simple', cleanup: { dryRun: true } },
    },
    { spec: { backend: { postgres: { table: 'shop_session', connection: { secretName: 'shop-db' } } } } },
  ]);
  const manifests = join(folder, 'manifests');
  const args = ['discover', '--uri-file', '-', '-o', 'json', '--write', manifests, '--schema', 'pub*'];
  const written = await cliOutcome(args, { stdin: uri });
  expect(written.exitCode).toBe(0);
  expect(await readFile(join(manifests, 'session.yaml'), 'utf8')).toContain('1,200 of them stale since');
  const again = await cliOutcome(args, { stdin: uri });
  expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('session.yaml not to exist') });
});

test('a password on the command line is warned of, and no failure shows it', async () => {
  const warned = await cliOutcome(['discover', '--uri', uri]);
  expect(warned.stderr).toMatch(/^Warning: a password on the command line can be seen/);
  expect(warned.exitCode).toBe(0);
  const wrong = await cliOutcome(['discover', '--uri-env', 'SHOP'], {
    env: { SHOP: uri.replace(password, 'not-the-password') },
  });
  expect(wrong.exitCode).toBe(77);
  expect(wrong.stderr).toMatch(/^sessionstore discover: .*password/);
  expect(warned.stdout + warned.stderr + wrong.stderr).not.toContain(password);
  expect(wrong.stderr).not.toContain('not-the-password');
});

test('a command line that names no place, two places or no uri is refused', async () => {
  const refused = async (args: readonly string[], env = {}) => {
    const { exitCode, stderr } = await cliOutcome(['discover', ...args], { env });
    expect(exitCode).toBe(64);
    return stderr;
  };
  expect(await refused([])).toContain(
    'Expected one of --uri-file, --uri-env, --uri, --folder, --secret, --claim',
  );
  expect(await refused(['--folder', '/tmp', '--claim', 'data'])).toContain('found 2');
  expect(await refused(['--uri-env', 'MISSING'])).toContain('environment variable MISSING to hold a URI');
  expect(await refused(['--uri-env', 'A'], { A: 'redis://:secret@host' })).toMatch(
    /^(?!.*secret).*begins with postgresql/s,
  );
  expect(await refused(['--uri-env', 'A', '--schema', 'x'], { A: 'mysql://u@h/d' })).toContain(
    'no --schema for MySQL',
  );
  expect(await refused(['--folder', '/tmp', '--ttl', 'long'])).toContain('--ttl to be an age such as');
  expect(await refused(['--folder', '/nowhere/at-all'])).toContain('found nothing');
});
