import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repository } from '../../scripts/cluster/paths.ts';
import { run } from '../../scripts/cluster/run.ts';
import { venvPython } from '../../scripts/cluster/venv.ts';
import { startPostgres, type TestPostgres } from '../servers/postgres.ts';
import { compile, type Package, pack, tsconfig } from './packed.ts';

const module = JSON.stringify({ type: 'module' });

let packed: Package;
let postgres: TestPostgres;
beforeAll(async () => {
  [packed, postgres] = await Promise.all([pack(), startPostgres()]);
});
afterAll(async () => {
  await packed[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

test('the package has the program with its completion, the library with its types, the Python it runs and the CRD, and nothing else', () => {
  expect(packed.files).toEqual(
    expect.arrayContaining([
      ...['dist/program/main.js', 'dist/program/THIRD-PARTY-LICENCES.txt', 'README.md', 'LICENSE'],
      ...['dist/library/stores/library.js', 'dist/library/stores/library.d.ts'],
      ...['python/serve.py', 'python/sessionstore/server.py', 'crds/sessionstore.dev_sessionstores.yaml'],
    ]),
  );
  const others = packed.files.filter(
    (path) =>
      !/^(dist\/program\/.*\.c?js|dist\/library\/.*\.(js|d\.ts)|crds\/.*\.yaml|python\/(serve|sessionstore\/.*)\.py)$/.test(
        path,
      ),
  );
  expect(others.sort()).toEqual([
    ...['LICENSE', 'README.md'],
    ...['kubectl_complete-sessionstore', 'sessionstore.bash', 'sessionstore.fish', 'sessionstore.zsh'].map(
      (name) => `completion/${name}`,
    ),
    ...['dist/program/THIRD-PARTY-LICENCES.txt', 'package.json'],
    ...['python/requirements.txt', 'python/sessionstore/py.typed'],
  ]);
});

test('the example in docs/library.md compiles in a project of its own, and does what it says', async () => {
  const page = await readFile(join(repository, 'docs/library.md'), 'utf8');
  const [, example = ''] = /```ts\n(.*?)```/s.exec(page) ?? [];
  const files = { 'example.ts': example, 'tsconfig.json': tsconfig, 'package.json': module };
  const root = await packed.project(['zod', 'pg', '@types/node'], files);
  await compile(root);
  const { user, password } = await postgres.createRole('shop');
  const database = await postgres.createDatabase('shop', { user, password });
  const env = {
    ...process.env,
    DATABASE_URL: `postgres://${user}:${password}@${postgres.host}:${postgres.port}/${database}`,
  };
  const output = await run(process.execPath, ['out/example.js'], { cwd: root, env });
  expect(output.trim().split('\n')).toEqual([
    'set-up: Created',
    'anna has tea',
    'a session of anna',
    '0 deleted, 1 left',
    expect.stringMatching(/^Expected a session's id .* which is empty$/),
  ]);
  const rows = await postgres.sql(`SELECT id, convert_from(pickle, 'UTF8') AS payload FROM carts`, {
    database,
  });
  expect(rows).toEqual([{ id: 's1', payload: '{"user":"anna","items":["tea"]}' }]);
});

const withoutDrivers = `
import { DirectorySessionStore, jsonCodec, MysqlSessionStore, PostgresSessionStore, ShelveSessionStore } from 'session-store-operator/stores';
const owner = { installation: 'test', namespace: 'shop', name: 'web' };
const server = { host: 'localhost', user: 'app', database: 'shop' };
for (const store of [
  new DirectorySessionStore({ path: 'files', codec: jsonCodec<{ n: number }>() }),
  new ShelveSessionStore({ path: 'shelf', codec: jsonCodec<{ n: number }>() }),
]) {
  await store.setup({ owner, ifExists: 'Adopt' });
  await store.saveSession('a', { n: 1 });
  for await (const [id, { n }] of store.iterSessions()) console.log(id, n);
  console.log((await store.deleteOldSessions({ owner, ageSeconds: 60 })).remaining);
  await store[Symbol.asyncDispose]();
}
for (const store of [new PostgresSessionStore(server), new MysqlSessionStore(server)]) {
  const error: unknown = await store.hasSession('a').catch((thrown) => thrown);
  console.log((error as { code: string }).code);
}
`;

test('no driver is loaded, not even looked for, before a store needs it; Python is found in the package', async () => {
  const files = { 'program.ts': withoutDrivers, 'tsconfig.json': tsconfig, 'package.json': module };
  const root = await packed.project(['zod', '@types/node'], files);
  await compile(root);
  const env = { ...process.env, SESSIONSTORE_PYTHON: await venvPython() };
  const output = await run(process.execPath, ['out/program.js'], { cwd: root, env });
  const each = ['a 1', '1'];
  expect(output.trim().split('\n')).toEqual([
    ...each,
    ...each,
    'ERR_MODULE_NOT_FOUND',
    'ERR_MODULE_NOT_FOUND',
  ]);
});

test('a program that takes a payload for what it is not does not compile', async () => {
  const wrong = `
import { jsonCodec, PostgresSessionStore } from 'session-store-operator/stores';
const store = new PostgresSessionStore({ uri: 'postgres://a@b/c', codec: jsonCodec<{ n: number }>() });
await store.saveSession('a', { n: 'one' });
new PostgresSessionStore<string>({ uri: 'postgres://a@b/c' });
`;
  const files = { 'wrong.ts': wrong, 'tsconfig.json': tsconfig, 'package.json': module };
  const root = await packed.project(['zod', '@types/node'], files);
  const said = await compile(root).catch((error: Error) => error.message);
  expect(said).toMatch(/wrong\.ts\(4,.*'string' is not assignable to type 'number'/);
  expect(said).toMatch(/wrong\.ts\(5,.*codec/s);
});
