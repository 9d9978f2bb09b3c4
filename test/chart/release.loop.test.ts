import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repository } from '../../scripts/cluster/paths.ts';
import { run } from '../../scripts/cluster/run.ts';
import { nameOf, objectsIn, rendered } from './chart.ts';
import { withoutHelms } from './without-helms.ts';

let directory: string;
let version: string;
const read = (name: string): Promise<string> => readFile(path.join(directory, name), 'utf8');

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'session-store-release-'));
  ({ version } = JSON.parse(await readFile(path.join(repository, 'package.json'), 'utf8')));
  const env = { ...process.env, REGISTRY: 'registry.example/platform' };
  await run('node', ['scripts/release.ts', directory], { cwd: repository, env });
});

afterAll(() => rm(directory, { recursive: true }));

test('a release has the manifests, the chart, the plugin, a bill of materials and checksums of all', async () => {
  const name = `session-store-operator-${version}`;
  const plugin = [`sessionstore-${version}.tar.gz`, 'sessionstore.yaml'];
  const files = [`${name}.cdx.json`, `${name}.tgz`, 'install.yaml', ...plugin];
  expect((await readdir(directory)).sort()).toEqual(['SHA256SUMS', ...files].sort());
  const verdicts = await run('sha256sum', ['--check', 'SHA256SUMS'], { cwd: directory });
  expect(verdicts).toBe(
    [...files]
      .sort()
      .map((file) => `${file}: OK\n`)
      .join(''),
  );
});

test('install.yaml names the images of the release, all of them in the registry', async () => {
  const images = (await read('install.yaml')).match(/\S*session-store-operator(-python)?:\S+/g);
  const image = `registry.example/platform/session-store-operator:${version}`;
  const python = `registry.example/platform/session-store-operator-python:${version}`;
  expect([...new Set(images)].sort()).toEqual([python, image].sort());
  expect(images).toHaveLength(3);
});

test('the packaged chart makes the objects of install.yaml, except for the namespace', async () => {
  const file = path.join(directory, `session-store-operator-${version}.tgz`);
  const expected = objectsIn(await read('install.yaml')).filter(({ kind }) => kind !== 'Namespace');
  const objects = await rendered('v3', {}, file);
  expect([...objects.keys()].sort()).toEqual(expected.map(nameOf).sort());
  for (const object of expected) {
    const made = objects.get(nameOf(object));
    expect(made && withoutHelms(made)).toEqual(withoutHelms(object));
  }
});

test('the bill of materials has the packages that programs are bundled from, and no tool of the development', async () => {
  const { bomFormat, components } = JSON.parse(await read(`session-store-operator-${version}.cdx.json`));
  const names = components.map(({ name }: { name: string }) => name);
  expect(bomFormat).toBe('CycloneDX');
  expect(names).toEqual(expect.arrayContaining(['pg', 'mysql2', 'zod', 'pino']));
  expect(names).not.toContain('vitest');
});
