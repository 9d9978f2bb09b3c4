import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { layoutsOn, missingFlags, nextQuestion } from '../../../src/cli/init/questions.ts';
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
      cleanup: {},
    },
  });
});

test('other answers are in their fields of the spec', async () => {
  const files = ['--backend', 'directory', '--layout', 'django-files', '--claim', 'data', '--path', 'web'];
  expect(await specOf(...files, '--ttl', '7d', '--age', '1h', '-n', 'shop', '--name', 'wiki')).toMatchObject({
    metadata: { name: 'wiki', namespace: 'shop' },
    spec: {
      backend: { directory: { claimName: 'data', path: 'web' } },
      ...{ layoutOptions: { ttl: '7d' }, cleanup: { expiredFor: '1h' } },
    },
  });
  const zoned = ['--backend', 'mysql', '--layout', 'scs', '--secret', 'db', '--time-zone', 'Asia/Tokyo'];
  expect((await specOf(...zoned, '--table', 'logins')).spec).toMatchObject({
    backend: { mysql: { table: 'logins' } },
    layoutOptions: { timeZone: 'Asia/Tokyo' },
  });
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
      ...{ exitCode: 64, stdout: '' },
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
