import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../scripts/cluster/control-plane.ts';
import { allRunning } from '../../scripts/cluster/daemon.ts';
import { applyObjects, kubectl } from '../../scripts/cluster/kubectl.ts';
import { newOwnedDirectory, removeAbandonedDirectories } from '../../scripts/cluster/owned-directory.ts';
import { until } from '../../scripts/cluster/run.ts';

let plane: ControlPlane;
/** Longer than anything takes, also on a machine that does much else. */
const patienceMs = 100_000;

beforeAll(async () => {
  plane = await startControlPlane();
});

afterAll(async () => {
  await plane.stop();
  expect(existsSync(plane.directory)).toBe(false);
});

const get = (...args: readonly string[]) => kubectl(plane.kubeconfig, 'get', '--output=name', ...args);

const job = (name: string, namespace: string, labels?: object) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace },
  spec: {
    template: {
      metadata: { labels },
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'none' }] },
    },
  },
});

const namespace = (name: string, labels: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});

test('a Job gets its Pod, and the Pod goes with the Job', async () => {
  await applyObjects(plane.kubeconfig, namespace('jobs'), job('one', 'jobs'));
  await until('the pod', patienceMs, async () => (await get('pods', '-n', 'jobs')) !== '');
  await kubectl(plane.kubeconfig, 'delete', 'job', 'one', '-n', 'jobs');
  await until('no pod', patienceMs, async () => (await get('pods', '-n', 'jobs')) === '');
});

test('Pod Security and a quota refuse what they are to refuse', async () => {
  const restricted = namespace('restricted', { 'pod-security.kubernetes.io/enforce': 'restricted' });
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'none', namespace: 'full' },
    spec: { hard: { pods: '0' } },
  };
  await applyObjects(plane.kubeconfig, restricted, namespace('full'), quota);
  await applyObjects(plane.kubeconfig, job('loose', 'restricted'), job('late', 'full'));
  const events = () =>
    kubectl(plane.kubeconfig, 'get', 'events', '-A', '--output=jsonpath={.items[*].message}');
  await until('the refusal of Pod Security', patienceMs, async () =>
    (await events()).includes('violates PodSecurity'),
  );
  await until('the refusal of the quota', patienceMs, async () =>
    (await events()).includes('exceeded quota'),
  );
});

test('a namespace can be deleted with what is in it', async () => {
  await applyObjects(plane.kubeconfig, namespace('gone'), job('one', 'gone'));
  await kubectl(plane.kubeconfig, 'delete', 'namespace', 'gone', '--timeout=180s');
});

test('an API server that was killed comes back at the same address, with all it knew', async () => {
  await applyObjects(plane.kubeconfig, namespace('kept'));
  await plane.end('kube-apiserver', 0);
  await expect(get('namespace', 'kept')).rejects.toThrow('refused');
  await plane.start('kube-apiserver');
  expect(await get('namespace', 'kept')).toBe('namespace/kept\n');
});

test('a control plane stays while its program runs, ends with it, and its directory is removed when the next one starts', async () => {
  const scripts = path.join(import.meta.dirname, '../../scripts/cluster');
  // Its own: any test that begins meanwhile removes what is abandoned in the common one.
  const parent = await mkdtemp(path.join(tmpdir(), 'abandoned-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const script = `
    const { startControlPlane } = await import(${JSON.stringify(`${scripts}/control-plane.ts`)});
    const { newOwnedDirectory } = await import(${JSON.stringify(`${scripts}/owned-directory.ts`)});
    const directory = await newOwnedDirectory(${JSON.stringify(parent)});
    await startControlPlane({ directory });
    console.log(directory);
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [output] = await once(child.stdout, 'data');
  const directory = `${output}`.trim();
  // As `make cluster-down` does.
  await removeAbandonedDirectories(parent);
  expect(allRunning(directory)).toBe(true);
  child.kill('SIGKILL');
  await until('its programs to end', patienceMs, () => !allRunning(directory));
  expect(existsSync(directory)).toBe(true);
  await newOwnedDirectory(parent);
  expect(existsSync(directory)).toBe(false);
});
