import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { kubernetesPrograms } from '../../scripts/cluster/kubernetes.ts';
import { run } from '../../scripts/cluster/run.ts';
import { writePlugin } from '../../scripts/plugin-archive.ts';
import { krewProgram } from './krew-program.ts';

const version = '1.2.3';
const archive = `sessionstore-${version}.tar.gz`;
let directory: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'krew-'));
  await writePlugin(directory, version, 'https://downloads.example/v1/');
  const root = path.join(directory, 'root');
  const programs = [path.join(root, 'bin'), await kubernetesPrograms(), path.dirname(process.execPath)];
  env = { KREW_ROOT: root, KREW_NO_UPGRADE_CHECK: '1', HOME: directory, PATH: '' };
  env['PATH'] = [...programs, '/usr/bin', '/bin'].join(path.delimiter);
});
afterAll(() => rm(directory, { recursive: true }));

test('the manifest names the archive’s address and checksum, and Node as the requirement', async () => {
  const { spec } = parse(await readFile(path.join(directory, 'sessionstore.yaml'), 'utf8'));
  expect(spec.version).toBe('v1.2.3');
  expect(spec.caveats).toContain('Node 22.19');
  const [{ uri, sha256 }] = spec.platforms;
  expect(uri).toBe(`https://downloads.example/v1/${archive}`);
  expect(await run('sha256sum', [archive], { cwd: directory })).toBe(`${sha256}  ${archive}\n`);
});

test('Krew accepts the manifest, and kubectl runs the installed plugin, which completes its own words', async () => {
  const manifest = ['--manifest=sessionstore.yaml', `--archive=${archive}`];
  await run(await krewProgram(), ['install', ...manifest], { cwd: directory, env });
  const help = await run('kubectl', ['sessionstore', '--help'], { cwd: directory, env });
  expect(help).toMatch(/^Usage: kubectl sessionstore /);
  const versions = await run('kubectl', ['sessionstore', 'version', '--client'], { cwd: directory, env });
  expect(versions).toMatch(/^Program: \d/);
  const script = await run('kubectl', ['sessionstore', 'completion', 'fish'], { cwd: directory, env });
  expect(script).toContain('complete -c sessionstore');
  const installed = path.join(directory, 'root/store/sessionstore', `v${version}`, 'completion');
  const words = await run(path.join(installed, 'kubectl_complete-sessionstore'), ['stat'], {
    cwd: directory,
    env,
  });
  expect(words).toMatch(/^status\t.*\n:4\n$/);
});
