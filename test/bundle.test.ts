import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { OutputChunk } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../scripts/bundle.ts';
import { run } from '../scripts/cluster/run.ts';

let folder: string;
let chunks: ReadonlyMap<string, OutputChunk>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bundle-'));
  chunks = new Map((await bundle(folder)).map((chunk) => [chunk.fileName, chunk]));
});
afterAll(() => rm(folder, { recursive: true }));

/** Every file that a file loads, or may load later on, itself included. */
function loadedBy(fileName: string, loaded = new Set<string>()): ReadonlySet<string> {
  const chunk = chunks.get(fileName);
  if (!chunk || loaded.has(fileName)) return loaded;
  loaded.add(fileName);
  for (const next of [...chunk.imports, ...chunk.dynamicImports]) loadedBy(next, loaded);
  return loaded;
}

const packageOf = (module: string) => /node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(module)?.[1];

/** The packages that a command's files were made from. */
function packagesOf(command: string): ReadonlySet<string | undefined> {
  const modules = [...loadedBy(`commands-${command}.js`)].flatMap(
    (file) => chunks.get(file)?.moduleIds ?? [],
  );
  expect(modules.length).toBeGreaterThan(10);
  return new Set(modules.map(packageOf));
}

test('the runner holds the drivers, and nothing of the Kubernetes client or the operator’s other packages', () => {
  for (const command of ['setup', 'delete-old']) {
    const packages = packagesOf(command);
    expect(packages).toContain('pg');
    expect(packages).toContain('mysql2');
    for (const name of ['@kubernetes/client-node', 'undici', 'pino', 'prom-client', 'croner', 'js-yaml'])
      expect(packages).not.toContain(name);
  }
});

test('the operator holds no driver and opens no store', () => {
  const packages = packagesOf('operator');
  expect(packages).toContain('@kubernetes/client-node');
  for (const name of ['pg', 'pg-protocol', 'mysql2']) expect(packages).not.toContain(name);
  const stores = [...loadedBy('commands-operator.js')].filter((file) => /store\.js$/.test(file));
  expect(stores).toEqual([]);
});

test('a run loads the driver of its own store and no other', () => {
  const [postgres, mysql, directory] = ['postgres', 'mysql', 'directory'].map((store) => {
    const files = [...loadedBy(`${store}-store.js`)];
    return new Set(files.flatMap((file) => chunks.get(file)?.moduleIds ?? []).map(packageOf));
  });
  expect([postgres?.has('pg'), postgres?.has('mysql2')]).toEqual([true, false]);
  expect([mysql?.has('pg'), mysql?.has('mysql2')]).toEqual([false, true]);
  expect([directory?.has('pg'), directory?.has('mysql2')]).toEqual([false, false]);
});

test('of the Kubernetes client only what KubeConfig needs is in it: no model, no generated API', () => {
  const modules = [...chunks.values()].flatMap(({ moduleIds }) => moduleIds);
  const ofClient = modules.filter((module) => packageOf(module) === '@kubernetes/client-node');
  expect(ofClient.some((module) => module.endsWith('/dist/config.js'))).toBe(true);
  expect(ofClient.filter((module) => /\/gen\/(models|apis|types)\//.test(module))).toEqual([]);
});

test('it needs no package beside it and takes less than 5 MB, licences included', async () => {
  const others = [...chunks.values()].flatMap(({ imports, dynamicImports }) => [
    ...imports,
    ...dynamicImports,
  ]);
  expect(others.filter((name) => !chunks.has(name) && !isBuiltin(name))).toEqual([]);
  const files = await readdir(folder);
  const sizes = await Promise.all(files.map(async (file) => (await stat(path.join(folder, file))).size));
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(5e6);
});

test('the licence of every package that is in it is beside it, with its text', async () => {
  const text = await readFile(path.join(folder, 'THIRD-PARTY-LICENCES.txt'), 'utf8');
  const modules = [...chunks.values()].flatMap(({ moduleIds }) => moduleIds);
  const packages = new Set(modules.map(packageOf).filter((name) => name !== undefined));
  expect(packages.size).toBeGreaterThan(40);
  for (const name of packages) expect(text).toMatch(new RegExp(`^${name} \\d+\\.`, 'm'));
  const parts = text.split(/^-{80}$/m);
  expect(parts).toHaveLength(packages.size);
  for (const part of parts)
    expect(part).toMatch(/Permission is hereby granted|Permission to use|Apache License/);
});

test('it runs where nothing is installed', async () => {
  const help = await run(process.execPath, [path.join(folder, 'main.js'), 'operator', '--help'], {
    cwd: folder,
  });
  expect(help).toMatch(/^sessionstore operator/);
});
