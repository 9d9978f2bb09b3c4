import { execFile } from 'node:child_process';
import { mkdtemp, mkdtempDisposable, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { OutputChunk } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle, type ProgramName } from '../scripts/bundle.ts';
import { repository } from '../scripts/cluster/paths.ts';
import { run } from '../scripts/cluster/run.ts';

let folder: string;
let chunks: ReadonlyMap<string, OutputChunk>;
let programs: Awaited<ReturnType<typeof bundle>>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bundle-'));
  programs = await bundle(folder);
  chunks = new Map([...programs.values()].flat().map((chunk) => [chunk.fileName, chunk]));
});
afterAll(() => rm(folder, { recursive: true }));

const packageOf = (module: string) => /node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(module)?.[1];

/** The modules that the files of a program were made from. */
function modulesOf(program: ProgramName): readonly string[] {
  const modules = (programs.get(program) ?? []).flatMap(({ moduleIds }) => moduleIds);
  expect(modules.length).toBeGreaterThan(1);
  return modules;
}

/** Every file that a file loads at once, itself included. */
function loadedWith(fileName: string, loaded = new Set<string>()): ReadonlySet<string> {
  const chunk = chunks.get(fileName);
  if (!chunk || loaded.has(fileName)) return loaded;
  loaded.add(fileName);
  for (const name of chunk.imports) loadedWith(name, loaded);
  return loaded;
}

/** A store's file, and all that it loads at once and later on. */
function chunksOfStore(store: string): readonly OutputChunk[] {
  const file = `runner-${store}-store.cjs`;
  const files = [file, ...(chunks.get(file)?.dynamicImports ?? [])].flatMap((name) => [...loadedWith(name)]);
  expect(files.length).toBeGreaterThan(1);
  return files.map((name) => chunks.get(name)).filter((chunk) => chunk !== undefined);
}

const ofOperator = ['@kubernetes/client-node', 'undici', 'pino', 'prom-client', 'croner', 'js-yaml'];

test('the runner’s files hold the drivers, and nothing of the Kubernetes client or the operator’s other packages', () => {
  const packages = new Set([...modulesOf('main'), ...modulesOf('runner')].map(packageOf));
  for (const name of ['pg', 'mysql2']) expect(packages).toContain(name);
  for (const name of ofOperator) expect(packages).not.toContain(name);
  expect(
    [...modulesOf('main'), ...modulesOf('runner')].filter((module) =>
      /\/src\/(operator|kube|desired|status|state)\//.test(module),
    ),
  ).toEqual([]);
});

test('a run loads no built-in module for an export that it does not use', async () => {
  await using connection = await mkdtempDisposable(path.join(tmpdir(), 'connection-'));
  await writeFile(path.join(connection.path, 'uri'), 'postgres://shop:secret@127.0.0.1:1/shop');
  const owner = { installation: 'cluster-1', namespace: 'shop', name: 'web' };
  const backend = { postgres: { connection: { secretName: 'shop-db' } } };
  const store = JSON.stringify({ owner, store: { backend, cleanup: { unmodifiedFor: '1h' } } });
  const print = "process.on('exit', () => console.log(process.moduleLoadList.join()))";
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--import', `data:text/javascript,${print}`, path.join(folder, 'main.js')],
    ...['delete-old', '--store', store, '--connection', connection.path],
  ]).catch((error: { stdout: string }) => error);
  expect(stdout).toContain('ConnectionFailed');
  expect(stdout).toContain('NativeModule net,');
  for (const name of ['worker_threads', 'internal/util/diff'])
    expect(stdout).not.toContain(`NativeModule ${name},`);
});

test('the operator’s files hold no driver and no store', () => {
  const packages = new Set(modulesOf('operator').map(packageOf));
  for (const name of ofOperator) expect(packages).toContain(name);
  for (const name of ['pg', 'pg-protocol', 'mysql2']) expect(packages).not.toContain(name);
  expect(
    modulesOf('operator').filter((module) => /\/src\/(runner|stores\/.*store\.ts)/.test(module)),
  ).toEqual([]);
});

test('a run loads the driver of its own store and no other', () => {
  const drivers = ['postgres', 'mysql', 'directory', 'shelve', 'durus'].map((store) => {
    const packages = new Set(chunksOfStore(store).flatMap(({ moduleIds }) => moduleIds.map(packageOf)));
    return [store, packages.has('pg'), packages.has('mysql2')];
  });
  expect(drivers).toEqual([
    ['postgres', true, false],
    ['mysql', false, true],
    ...['directory', 'shelve', 'durus'].map((store) => [store, false, false]),
  ]);
});

test('a run on files loads no TLS and no module of tables', () => {
  const loaded = (store: string) =>
    chunksOfStore(store)
      .flatMap(({ imports, moduleIds }) => [...imports, ...moduleIds])
      .filter((name) => name === 'node:tls' || name.includes('/src/stores/tables/'));
  for (const store of ['postgres', 'mysql']) expect(loaded(store)).toContain('node:tls');
  for (const store of ['directory', 'shelve', 'durus']) expect(loaded(store)).toEqual([]);
});

test('a run loads no part of the schema that it does not read, and a worker thread loads no schema', () => {
  const ofApi = modulesOf('runner').filter((module) => module.includes('/src/api/'));
  for (const name of ['store-spec', 'runner-input', 'effective'])
    expect(ofApi.join()).toContain(`/${name}.ts`);
  for (const name of ['pod', 'affinity', 'spec', 'status', 'crd'])
    expect(ofApi.join()).not.toContain(`/${name}.ts`);
  expect(modulesOf('worker-thread').map(packageOf)).not.toContain('zod');
});

test('the bundle holds only KubeConfig and its imports of the Kubernetes client: no model, no generated API', () => {
  const ofClient = modulesOf('operator').filter((module) => packageOf(module) === '@kubernetes/client-node');
  expect(ofClient.some((module) => module.endsWith('/dist/config.js'))).toBe(true);
  expect(ofClient.filter((module) => /\/gen\/(models|apis|types)\//.test(module))).toEqual([]);
});

test('the bundle needs no installed package, and takes less than 5 MB in an image, with its licences', async () => {
  const others = [...chunks.values()].flatMap(({ imports, dynamicImports }) => [
    ...imports,
    ...dynamicImports,
  ]);
  const missing = others.filter((name) => !chunks.has(path.basename(name)) && !isBuiltin(name));
  expect(missing).toEqual([]);
  const files = (await readdir(folder)).filter((name) => !name.startsWith('cli'));
  const sizes = await Promise.all(files.map(async (file) => (await stat(path.join(folder, file))).size));
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(5e6);
});

test('the commands for people are a program of their own, which loads no Kubernetes client and no driver for its help', () => {
  const loaded = [...loadedWith('cli.js')].flatMap((name) => chunks.get(name)?.moduleIds ?? []);
  const packages = new Set(loaded.map(packageOf));
  expect(packages).toContain('commander');
  for (const name of [...ofOperator, 'pg', 'mysql2', 'zod', 'yaml']) expect(packages).not.toContain(name);
  const ofOthers = (['main', 'runner', 'operator'] as const).flatMap(modulesOf);
  expect(ofOthers.filter((module) => module.includes('/src/cli/'))).toEqual([]);
});

test('the text of each bundled package’s licence is beside the bundle', async () => {
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

test('the bundle runs where nothing is installed', async () => {
  const help = await run(process.execPath, [path.join(folder, 'main.js'), 'operator', '--help'], {
    cwd: folder,
  });
  expect(help).toMatch(/^sessionstore operator/);
  const ofPeople = await run(process.execPath, [path.join(folder, 'main.js'), '--help'], { cwd: folder });
  expect(ofPeople).toMatch(/^Usage: sessionstore /);
});

test('the build of the library names files that exist', async () => {
  const { files } = JSON.parse(await readFile(path.join(repository, 'tsconfig.build.json'), 'utf8'));
  for (const file of files) await stat(path.join(repository, file));
});
