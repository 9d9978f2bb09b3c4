import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { manifestsAt, namespaceFor } from '../../src/cli/plan/manifest-files.ts';
import { useFakeApiServer } from './fake-api-server.ts';
import { cliOutcome } from './fake-terminal.ts';

const stdin = new PassThrough() as unknown as Parameters<typeof manifestsAt>[1]['stdin'];
const store = (name: string, namespace?: string) =>
  JSON.stringify({ kind: 'SessionStore', metadata: { name, ...(namespace && { namespace }) }, spec: {} });

const api = useFakeApiServer([
  [
    /sessionstores/,
    (url, response) => {
      response.writeHead(422, { 'content-type': 'application/json' });
      return { kind: 'Status', code: 422, reason: 'Invalid', message: `refused at ${url}` };
    },
  ],
]);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plan-'));
  await mkdir(join(folder, 'sub'));
  await mkdir(join(folder, 'empty'));
  const texts = {
    'a.yaml': `${store('a')}\n---\nkind: Secret\n`,
    'b.yml': store('b'),
    'c.json': store('c'),
    'd.txt': store('d'),
    'secret.yaml': 'kind: Secret',
    'sub/e.yaml': store('e', 'other'),
  };
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
});
afterAll(() => rm(folder, { recursive: true }));

test('a folder is read as kubectl reads it: its *.yaml, *.yml and *.json files', async () => {
  const names = (await manifestsAt(folder, { stdin })).map(({ metadata }) => metadata?.name);
  expect(names).toEqual(['a', 'b', 'c']);
  await expect(manifestsAt(join(folder, 'empty'), { stdin })).rejects.toThrow('Expected a SessionStore in');
});

test('the namespace is that of the option, of the manifests, or of the context', () => {
  const of = (namespace?: string) => ({ metadata: { name: 'web', ...(namespace && { namespace }) } });
  expect(namespaceFor([of('other')], 'given', 'shop')).toBe('given');
  expect(namespaceFor([of('other'), of('other')], undefined, 'shop')).toBe('other');
  expect(namespaceFor([of()], undefined, 'shop')).toBe('shop');
  expect(() => namespaceFor([of(), of('other')], undefined, 'shop')).toThrow('found shop, other');
});

test('a manifest with a namespace needs no -n beside it, and another -n is refused', async () => {
  const args = ['plan', '--kubeconfig', api.kubeconfig, '-f', join(folder, 'sub')];
  await cliOutcome(args);
  expect(api.asked.at(-1)).toContain('/namespaces/other/sessionstores/e');
  const count = api.asked.length;
  expect(await cliOutcome([...args, '-n', 'shop'])).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining('its manifest names other: give -n other'),
  });
  expect(api.asked).toHaveLength(count);
});
