import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubernetesPrograms } from '../../scripts/cluster/kubernetes.ts';
import { repository } from '../../scripts/cluster/paths.ts';
import { run } from '../../scripts/cluster/run.ts';
import { type AnyObject, nameOf, objectsIn } from '../chart/chart.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'session-store-kustomize-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** Objects of a kustomization. */
const built = async (folder: string): Promise<readonly AnyObject[]> =>
  objectsIn(await run(path.join(await kubernetesPrograms(), 'kubectl'), ['kustomize', folder]));

/** The path of a folder of the repository for a kustomization in a folder of the test's, which takes no absolute one. */
const pathTo = (folder: string, from: string): string => path.relative(from, path.join(repository, folder));

/** The example, with this checkout for the fork that it names. */
async function example(): Promise<readonly AnyObject[]> {
  const folder = path.join(directory, 'example');
  await cp(path.join(repository, 'deploy/gitops/kustomize'), folder, { recursive: true });
  const file = path.join(folder, 'kustomization.yaml');
  const text = await readFile(file, 'utf8');
  const remote = 'github.com/your/fork//deploy?ref=main';
  expect(text).toContain(remote);
  await writeFile(file, text.replace(remote, pathTo('deploy', folder)));
  return built(folder);
}

const nameIn = (namespace: string, object: AnyObject): string =>
  nameOf(object).replace(namespace, 'the namespace');

test('the example installs the objects of deploy in another namespace, with every image from a registry', async () => {
  const objects = await example();
  const names = (await built(path.join(repository, 'deploy'))).map((object) =>
    nameIn('session-store-system', object),
  );
  expect(objects.map((object) => nameIn('platform-sessions', object)).sort()).toEqual(names.sort());

  const text = JSON.stringify(objects);
  // The subjects of bindings included.
  expect(text).not.toContain('session-store-system');
  expect(text.match(/[\w./-]*session-store-operator(-python)?:[\w.]+/g)?.sort()).toEqual([
    'registry.example/platform/session-store-operator-python:0.1.0',
    'registry.example/platform/session-store-operator:0.1.0',
    'registry.example/platform/session-store-operator:0.1.0',
  ]);
});

test('the component adds health.lua to the settings of Argo CD, and keeps the others', async () => {
  const folder = path.join(directory, 'argo-cd');
  const settings = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-cm', namespace: 'argocd' },
    data: { 'timeout.reconciliation': '60s' },
  };
  await cp(path.join(repository, 'deploy/gitops/argo-cd'), folder, { recursive: true });
  const install = await mkdtemp(path.join(directory, 'install-'));
  await writeFile(path.join(install, 'argocd-cm.yaml'), JSON.stringify(settings));
  const kustomization = { resources: ['argocd-cm.yaml'], components: ['../argo-cd'] };
  await writeFile(path.join(install, 'kustomization.yaml'), JSON.stringify(kustomization));
  const [object] = await built(install);
  expect(object).toMatchObject({
    data: {
      'timeout.reconciliation': '60s',
      'resource.customizations.health.sessionstore.dev_SessionStore': await readFile(
        path.join(repository, 'deploy/gitops/argo-cd/health.lua'),
        'utf8',
      ),
    },
  });
});
