import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type ControlPlane, startControlPlane } from '../../scripts/cluster/control-plane.ts';
import { kubectl } from '../../scripts/cluster/kubectl.ts';
import { repository } from '../../scripts/cluster/paths.ts';
import { apiVersion, kind } from '../../src/api/group.ts';
import { ApiClient, installCrd } from '../api-client.ts';
import { postgresSpec } from '../builders.ts';
import { type Block, blocks } from './blocks.ts';

let plane: ControlPlane;
let directory: string;

beforeAll(async () => {
  plane = await startControlPlane({ components: ['etcd', 'kube-apiserver'] });
  directory = await mkdtemp(path.join(os.tmpdir(), 'session-store-docs-'));
  const api = new ApiClient(plane);
  await installCrd(api);
  await api.close();
  for (const name of ['shop', 'wiki']) await kubectl(plane.kubeconfig, 'create', 'namespace', name);
});
afterAll(async () => {
  await plane.stop();
  await rm(directory, { recursive: true });
});

type Fields = Readonly<Record<string, unknown>>;

const manifests = blocks.filter(({ language }) => language === 'yaml');
const documentsOf = ({ text }: Block): readonly Fields[] =>
  parseAllDocuments(text).map((document) => document.toJS() as Fields);

const isWhole = (fields: Fields): boolean => 'apiVersion' in fields && 'kind' in fields;
const isKustomization = (fields: Fields): boolean => 'resources' in fields || 'components' in fields;

/** A part of a spec, or of a SessionStore, in a store that is otherwise complete. */
const completed = (fields: Fields): Fields => {
  const { layout, cleanup } = postgresSpec;
  const spec = (fields['spec'] ?? fields) as Fields;
  // A layout of its own decides which age is meant.
  const rest = 'layout' in spec ? { layout } : { layout, cleanup };
  const backend = { postgres: { connection: { secretName: 'shop-db' }, table: 'sessions' } };
  return { apiVersion, kind, metadata: { name: 'part' }, spec: { backend, ...rest, ...spec } };
};

const apply = async (documents: readonly Fields[]): Promise<string> => {
  const file = path.join(directory, 'manifest.json');
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: documents }));
  const strict = ['--server-side', '--dry-run=server', '--validate=strict', '--force-conflicts'];
  return kubectl(plane.kubeconfig, 'apply', ...strict, `--filename=${file}`);
};

/** Builds a kustomization with this checkout in place of the fork that it names. */
const build = async (fields: Fields): Promise<string> => {
  const folder = await mkdtemp(path.join(directory, 'kustomization-'));
  const remote = /^github\.com\/your\/fork\/\/([^?]*)(\?.*)?$/;
  const local = (entry: string): string => {
    const [, within] = remote.exec(entry) ?? [];
    if (within === undefined) throw new Error(`Expected github.com/your/fork//…, found ${entry}`);
    return path.relative(folder, path.join(repository, within));
  };
  const localised = Object.fromEntries(
    Object.entries(fields).map(([key, value]) =>
      key === 'resources' || key === 'components' ? [key, (value as string[]).map(local)] : [key, value],
    ),
  );
  // A component changes what it finds.
  const resources = 'resources' in localised ? {} : { resources: ['argocd-cm.json'] };
  const settings = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-cm', namespace: 'argocd' },
  };
  await writeFile(path.join(folder, 'argocd-cm.json'), JSON.stringify(settings));
  await writeFile(path.join(folder, 'kustomization.yaml'), JSON.stringify({ ...resources, ...localised }));
  return kubectl(plane.kubeconfig, 'kustomize', folder);
};

test('the pages have manifests', () => expect(manifests.length).toBeGreaterThan(8));

test.each(manifests.map((block) => ({ block, page: block.page, title: block.text.split('\n')[0] })))(
  'the API server takes the manifest of $page that begins with $title',
  async ({ block }) => {
    const documents = documentsOf(block);
    const kustomizations = documents.filter((fields) => !isWhole(fields) && isKustomization(fields));
    for (const kustomization of kustomizations) expect(await build(kustomization)).toContain('kind:');
    const objects = documents
      .filter((fields) => !kustomizations.includes(fields))
      .map((fields) => (isWhole(fields) ? fields : completed(fields)));
    if (objects.length > 0) expect((await apply(objects)).trim().split('\n')).toHaveLength(objects.length);
  },
);

test('a manifest with a mistake is refused', async () => {
  await expect(apply([completed({ spec: { clean: {} } })])).rejects.toThrow('clean');
  await expect(apply([completed({ layout: 'connect-pg-simpel' })])).rejects.toThrow('layout');
});
