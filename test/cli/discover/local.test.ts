import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cliOutcome } from '../fake-terminal.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'discover-'));
  for (const [name, letter] of Object.entries({ shop: 'a', wiki: 'b' })) {
    await mkdir(join(folder, 'data', name), { recursive: true });
    await writeFile(join(folder, 'data', name, `sess_${letter.repeat(26)}`), 'user|s:1:"x";');
  }
});
afterAll(() => rm(folder, { recursive: true }));

const discover = (args: readonly string[], env = {}) => cliOutcome(['discover', ...args], { env });

describe('an option that changes nothing is refused', () => {
  test.each([
    ['--sub-path', 'a'],
    ['--run-as', '33'],
    ['--runner-image', 'runner:1'],
    ['--image-pull-secret', 'registry'],
    ['--backend', 'mysql'],
  ])('%s beside --folder', async (option, value) => {
    const { exitCode, stdout, stderr } = await discover(['--folder', folder, option, value]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
    expect(stderr).toContain(`Expected no ${option} without --secret or --claim`);
  });

  test('--schema beside --folder', async () => {
    const { exitCode, stderr } = await discover(['--folder', folder, '--schema', 's']);
    expect(exitCode).toBe(64);
    expect(stderr).toContain('Expected no --schema for a folder');
  });
});

test('a manifest of a folder says that its path is to be corrected', async () => {
  const { exitCode, stdout } = await discover(['--folder', join(folder, 'data'), '-o', 'yaml']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('# path: as seen from --folder; correct it to the path inside the claim\n');
});

test('a second --write keeps the files that are there, writes the others and says so', async () => {
  const manifests = join(folder, 'manifests');
  const args = ['--folder', join(folder, 'data'), '--write', manifests];
  expect((await discover(args)).exitCode).toBe(0);
  expect((await readdir(manifests)).sort()).toEqual(['shop.yaml', 'wiki.yaml']);
  await rm(join(manifests, 'wiki.yaml'));
  const { exitCode, stdout, stderr } = await discover(args);
  expect(exitCode).toBe(1);
  expect(stdout).toContain(`${join(manifests, 'wiki.yaml')} written\n`);
  expect(stderr).toContain(`Expected ${join(manifests, 'shop.yaml')} not to exist; the file was kept`);
  expect((await readdir(manifests)).sort()).toEqual(['shop.yaml', 'wiki.yaml']);
});

describe('a URI that cannot be used gets its own reason', () => {
  test.each([
    ['postgres://u:p@127.0.0.1:99999/x', 'has a port above 65535'],
    ['mysql://u:p@127.0.0.1', 'The URI names no database where one is expected, as in mysql://'],
    ['postgres://u:99999/abc@127.0.0.1/x', 'special characters in user name and password'],
  ])('%s', async (uri, reason) => {
    const { exitCode, stderr } = await discover(['--uri-env', 'DATABASE'], { DATABASE: uri });
    expect(exitCode).toBe(64);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain('abc');
  });
});
