import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../scripts/cluster/control-plane.ts';
import { helmProgram, helmVersions } from '../../scripts/cluster/helm.ts';
import { applyObjects, kubectl } from '../../scripts/cluster/kubectl.ts';
import { repository } from '../../scripts/cluster/paths.ts';
import { run } from '../../scripts/cluster/run.ts';
import { until } from '../api-client.ts';
import { cases } from './cases.ts';
import { chart, namespace, release, rendered } from './chart.ts';

let plane: ControlPlane;
let directory: string;

beforeAll(async () => {
  plane = await startControlPlane();
  directory = await mkdtemp(path.join(os.tmpdir(), 'session-store-chart-'));
  const namespaces = [namespace, 'shop', 'wiki', 'leases'];
  await applyObjects(
    plane.kubeconfig,
    ...namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
  );
});

afterAll(async () => {
  await plane.stop();
  await rm(directory, { recursive: true });
});

const onPlane = (...args: readonly string[]) => kubectl(plane.kubeconfig, ...args);
const crd = ['crd', 'sessionstores.sessionstore.dev'];
const deployment = ['--namespace', namespace, 'deployment', 'session-store-operator'];

const store = {
  apiVersion: 'sessionstore.dev/v1alpha1',
  kind: 'SessionStore',
  metadata: { name: 'shop', namespace: 'shop' },
  spec: { backend: { postgres: { connection: { secretName: 'shop-db' } } } },
};
const stores = () => onPlane('get', 'sessionstores', '--all-namespaces', '--output=name');

/** Makes the SessionStore once its kind is served, which is a little after its definition is made. */
async function applyStore(): Promise<void> {
  await until('SessionStores to be served', async () => {
    await stores();
    return true;
  });
  await applyObjects(plane.kubeconfig, store);
}

/** A copy of the chart with a CustomResourceDefinition that lacks the short names, as an earlier one may. */
async function previousChart(): Promise<string> {
  const previous = path.join(directory, 'previous');
  await cp(chart, previous, { recursive: true });
  const file = path.join(previous, 'templates/crd.yaml');
  const text = await readFile(file, 'utf8');
  const without = text.replace(/ {4}shortNames:\n {6}- sess\n/, '');
  expect(without).not.toBe(text);
  await writeFile(file, without);
  return previous;
}

describe.each(helmVersions)('with Helm %s', (version) => {
  const helm = async (...args: readonly string[]) =>
    run(await helmProgram(version), [...args, `--namespace=${namespace}`], {
      env: { ...process.env, KUBECONFIG: plane.kubeconfig },
    });

  beforeEach(async () => {
    await onPlane('delete', '--ignore-not-found', '--wait', ...crd);
  });

  test('a release is installed, upgraded, uninstalled and installed again, and SessionStores stay', async () => {
    await helm('install', release, await previousChart());
    await applyStore();
    await expect(onPlane('get', 'sess')).rejects.toThrow('the server doesn\'t have a resource type "sess"');

    await helm('upgrade', release, chart, '--set=replicas=2', '--set=flags.logLevel=debug');
    expect(await onPlane('get', ...crd, '--output=jsonpath={.spec.names.shortNames}')).toBe('["sess"]');
    expect(await onPlane('get', ...deployment, '--output=jsonpath={.spec.replicas}')).toBe('2');
    const args = await onPlane('get', ...deployment, '--output=jsonpath={..containers[0].args}');
    expect(args).toContain('--log-level=debug');
    expect(await onPlane('get', 'pdb', '-n', namespace, '--output=name')).not.toBe('');

    await helm('rollback', release, '1');
    expect(await onPlane('get', ...deployment, '--output=jsonpath={.spec.replicas}')).toBe('1');

    await helm('uninstall', release);
    expect(await onPlane('get', '--ignore-not-found', '--output=name', ...deployment)).toBe('');
    expect(await onPlane('get', 'clusterroles', '--output=name')).not.toContain('session-store-operator');
    expect(await stores()).toBe('sessionstore.sessionstore.dev/shop\n');

    await helm('install', release, chart);
    expect(await stores()).toBe('sessionstore.sessionstore.dev/shop\n');
    await helm('uninstall', release);
  });

  test('without crds.keep the definition goes with the release', async () => {
    await helm('install', release, chart, '--set=crds.keep=false');
    await applyStore();
    await helm('uninstall', release, '--wait');
    expect(await onPlane('get', '--ignore-not-found', '--output=name', ...crd)).toBe('');
  });

  test('an installation of kubectl becomes a release', async () => {
    await onPlane('apply', '--server-side', `--kustomize=${path.join(repository, 'deploy')}`);
    await applyStore();
    const uid = ['--output=jsonpath={.metadata.uid}', ...deployment];
    const before = await onPlane('get', ...uid);
    await helm('install', release, chart, '--take-ownership');
    expect(await onPlane('get', ...uid)).toBe(before);
    expect(await stores()).toBe('sessionstore.sessionstore.dev/shop\n');
    await helm('uninstall', release);
  });
});

test('the API server takes all objects of all values, with strict validation', async () => {
  await onPlane(
    'apply',
    '--server-side',
    '--filename',
    path.join(repository, 'crds/sessionstore.dev_sessionstores.yaml'),
  );
  for (const values of [{}, ...Object.values(cases)]) {
    const objects = [...(await rendered('v4', values)).values()];
    // Kinds of the Prometheus Operator are unknown here.
    const items = objects.filter(({ apiVersion }) => apiVersion !== 'monitoring.coreos.com/v1');
    const file = path.join(directory, 'objects.json');
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const strict = ['--server-side', '--dry-run=server', '--validate=strict', '--force-conflicts'];
    const output = await onPlane('apply', ...strict, '--filename', file);
    expect(output.trim().split('\n')).toHaveLength(items.length);
  }
});
