import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { layoutsOn } from '../../../src/cli/init/answers.ts';
import { missingFlags, nextQuestion } from '../../../src/cli/init/questions.ts';
import { cliOutcome } from '../fake-terminal.ts';

const specOf = async (...args: readonly string[]) => {
  const { exitCode, stdout, stderr } = await cliOutcome(['init', ...args]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return parse(stdout);
};

test('three answers are enough for a library that stores an expiry', async () => {
  expect(await specOf('--backend', 'postgres', '--layout', 'django', '--secret', 'shop-db')).toEqual({
    apiVersion: 'sessionstore.dev/v1alpha1',
    kind: 'SessionStore',
    metadata: { name: 'django-session' },
    spec: {
      backend: { postgres: { connection: { secretName: 'shop-db' } } },
      layout: 'django',
      cleanup: { expiredFor: '5m', dryRun: true },
    },
  });
});

test('other answers are in their fields of the spec', async () => {
  const files = ['--backend', 'directory', '--layout', 'django-files', '--claim', 'data', '--path', 'web'];
  expect(await specOf(...files, '--ttl', '7d', '--age', '1h', '-n', 'shop', '--name', 'wiki')).toMatchObject({
    metadata: { name: 'wiki', namespace: 'shop' },
    spec: {
      backend: { directory: { claimName: 'data', path: 'web' } },
      layoutOptions: { ttl: '7d' },
      cleanup: { expiredFor: '1h', dryRun: true },
    },
  });
  const zoned = ['--backend', 'mysql', '--layout', 'scs', '--secret', 'db', '--time-zone', 'Asia/Tokyo'];
  expect((await specOf(...zoned, '--table', 'logins')).spec).toMatchObject({
    backend: { mysql: { table: 'logins' } },
    layoutOptions: { timeZone: 'Asia/Tokyo' },
  });
});

test('a manifest counts first, with the age written out, and says how it is made to delete', async () => {
  const args = ['--backend', 'postgres', '--layout', 'laravel', '--secret', 'db', '--age', '30d'];
  const { stdout } = await cliOutcome(['init', ...args]);
  expect(stdout).toMatch(/^# Set dryRun to false once the counts of its runs are as expected\n/);
  expect(parse(stdout).spec.cleanup).toEqual({ unmodifiedFor: '30d', dryRun: true });
});

test('a variant of a layout is named after it', async () => {
  const args = ['--backend', 'postgres', '--layout', 'aspnet-cache/community', '--secret', 'db'];
  expect((await specOf(...args)).spec).toMatchObject({
    layout: 'aspnet-cache',
    layoutOptions: { variant: 'community' },
  });
});

test('a library that may keep ended sessions on purpose is not cleaned unasked', async () => {
  const args = ['--backend', 'postgres', '--layout', 'better-auth', '--secret', 'db'];
  const { stdout } = await cliOutcome(['init', ...args]);
  expect(stdout).toMatch(/^# .*can be set to keep ended sessions on purpose/);
  expect(parse(stdout).spec.cleanup).toBeUndefined();
});

describe('without a terminal', () => {
  test.each([
    [[], '--backend, --layout, --secret, --age'],
    [['--backend', 'directory'], '--layout, --claim, --path, --age'],
    [['--backend', 'mysql', '--layout', 'roundcube'], '--secret, --age, --time-zone'],
  ])('init %j says which flags to give', async (args, flags) => {
    expect(await cliOutcome(['init', ...args])).toEqual({
      exitCode: 64,
      stdout: '',
      stderr: `sessionstore init: Expected a terminal to ask on; there is none. Give ${flags} instead\n`,
    });
  });

  test('an answer that cannot be used is refused with what was expected', async () => {
    const refused = async (...args: readonly string[]) => (await cliOutcome(['init', ...args])).stderr;
    expect(await refused('--backend', 'postgres', '--layout', 'jango')).toContain(
      '--layout: Expected one of',
    );
    expect(await refused('--backend', 'mysql', '--layout', 'connect-pg-simple')).toContain(
      '--layout: Expected',
    );
    expect(await refused('--secret', 'Shop DB')).toContain('--secret: Expected the name of a Secret');
    expect(await refused('--age', 'long')).toContain('--age: Expected an age such as');
    expect(await refused('--time-zone', 'Mars/Olympus')).toContain('--time-zone: Expected a time zone');
  });

  test.each([
    ['--path', 'a/../../b', 'Expected a path inside the claim'],
    ['--name', 'Bad_Name', 'Expected a name of at most 44 lower-case letters'],
    ['--name', 'x'.repeat(45), 'Expected a name of at most 44'],
    ['--namespace', 'Bad NS', 'Expected a namespace, of at most 63'],
    ['--table', 'größe', 'Expected the name of a table'],
    ['--schema', 'pg_catalog', 'Expected a schema of your own'],
    ['--age', '5s', 'Expected an age such as 90m, 12h or 30d, of a minute or more'],
  ])('%s %s is refused as the API server would', async (flag, answer, message) => {
    const { exitCode, stdout, stderr } = await cliOutcome(['init', flag, answer]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
    expect(stderr).toContain(`sessionstore init: ${flag}: ${message}`);
  });

  test('a flag of another backend is refused, and not left out in silence', async () => {
    const { exitCode, stderr } = await cliOutcome(['init', '--backend', 'directory', '--secret', 'zz']);
    expect(exitCode).toBe(64);
    expect(stderr).toContain('Expected no --secret with --backend directory; it is for postgres and mysql');
    const mysql = await cliOutcome(['init', '--backend', 'mysql', '--schema', 's']);
    expect(mysql.stderr).toContain('Expected no --schema with --backend mysql; it is for postgres');
  });

  test('a layout that is misspelt or of another backend gets the names that may be meant', async () => {
    const refused = async (...args: readonly string[]) => (await cliOutcome(['init', ...args])).stderr;
    expect(await refused('--layout', 'djagno')).toMatch(/got djagno: django[,?]/);
    expect(await refused('--layout', 'zzzz')).toContain('docs/layouts.md lists them');
    expect(await refused('--backend', 'mysql', '--layout', 'connect-pg-simple')).toContain(
      'connect-pg-simple is one for postgres',
    );
  });

  test('a layout of files needs no backend beside it to be known', async () => {
    const { stderr } = await cliOutcome(['init', '--layout', 'django-files']);
    expect(stderr).toContain('Give --backend');
  });
});

test('a manifest goes to a file, which is never overwritten', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'init-'));
  const file = join(folder, 'shop.yaml');
  const args = ['init', '--backend', 'postgres', '--layout', 'django', '--secret', 'db', '-o', file];
  expect(await cliOutcome(args)).toMatchObject({ exitCode: 0, stdout: '' });
  expect(parse(await readFile(file, 'utf8')).spec.layout).toBe('django');
  expect(await cliOutcome(args)).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining('not to exist'),
  });
  await rm(folder, { recursive: true });
});

test('each question has an answer for every layout of every backend, and at most five are asked', () => {
  for (const backend of ['postgres', 'mysql', 'directory'] as const)
    for (const { name } of layoutsOn(backend)) {
      expect(missingFlags({ backend, layout: name }).length).toBeLessThanOrEqual(3);
      expect(nextQuestion({ backend, layout: name })?.flag).toMatch(/^--(secret|claim)$/);
    }
});
