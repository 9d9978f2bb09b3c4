import { afterAll, beforeAll, expect, test } from 'vitest';
import { components } from '../../scripts/cluster/components.ts';
import { type ControlPlane, startControlPlane } from '../../scripts/cluster/control-plane.ts';
import { apiVersion, kind } from '../../src/api/group.ts';
import type { Pod } from '../../src/api/kubernetes.ts';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import { ApiClient, createNamespace, installCrd, storePath, until, untilCondition } from '../api-client.ts';
import { directorySpec, setupResult } from '../builders.ts';
import { endPodOf } from './kubelet.ts';
import { type RunningOperator, startOperator } from './run-operator.ts';

let controlPlane: ControlPlane;
let api: ApiClient;
let operator: RunningOperator;
const nodes = ['node-0', 'node-1', 'node-2'];

/** A node for the scheduler alone: it is said to be ready, and nothing runs on it. */
async function createNode(name: string): Promise<void> {
  await api.must('POST', '/api/v1/nodes', { metadata: { name, labels: { 'kubernetes.io/hostname': name } } });
  const lastHeartbeatTime = new Date().toISOString();
  const ready = { type: 'Ready', status: 'True', reason: 'Test', lastHeartbeatTime };
  const room = { cpu: '8', memory: '16Gi', pods: '100' };
  await api.merge(`/api/v1/nodes/${name}/status`, {
    status: { conditions: [ready], capacity: room, allocatable: room },
  });
  await api.merge(`/api/v1/nodes/${name}`, { spec: { taints: [] } });
}

async function createClaim(name: string): Promise<void> {
  const common = { accessModes: ['ReadWriteOnce'], storageClassName: '' };
  const size = { storage: '1Gi' };
  await api.must('POST', '/api/v1/persistentvolumes', {
    metadata: { name },
    spec: {
      ...common,
      capacity: size,
      claimRef: { namespace: 'shop', name },
      hostPath: { path: '/nowhere' },
    },
  });
  const path = '/api/v1/namespaces/shop/persistentvolumeclaims';
  await api.must('POST', path, {
    metadata: { name },
    spec: { ...common, volumeName: name, resources: { requests: size } },
  });
  await until(`claim ${name} to be bound`, async () => {
    const { status } = await api.must('GET', `${path}/${name}`);
    return status.phase === 'Bound';
  });
}

beforeAll(async () => {
  controlPlane = await startControlPlane({ components });
  api = new ApiClient(controlPlane);
  await installCrd(api);
  await createNamespace(api, 'shop');
  for (const name of nodes) await createNode(name);
  await createClaim('wiki');
  operator = await startOperator(controlPlane.kubeconfig, ['--python-runner-image=python:dev']);
});

afterAll(async () => {
  await operator.stop();
  await api.close();
  await controlPlane.stop();
});

const pods = '/api/v1/namespaces/shop/pods';
const colocateWith = { app: 'wiki' };

const apply = (name: string, spec: SessionStoreSpec) =>
  api.must('POST', storePath('shop'), { apiVersion, kind, metadata: { name }, spec });

const applyFolder = (name: string) =>
  apply(name, {
    ...directorySpec,
    backend: { directory: { claimName: 'wiki', path: name, colocateWith } },
  });

const runOf = (store: string, task = 'setup') =>
  until(`a pod of ${store} on a node`, async () => {
    const selector = `sessionstore.dev/store=${store},sessionstore.dev/task=${task}`;
    const { items } = await api.must('GET', `${pods}?labelSelector=${selector}`);
    return (items as Pod[]).find(({ spec }) => spec?.nodeName !== undefined);
  });

const jobOf = (pod: Pod): string => pod.metadata.ownerReferences?.[0]?.name ?? '';

async function runApplication(nodeName: string): Promise<void> {
  const spec = { nodeName, containers: [{ name: 'app', image: 'app' }] };
  await api.must('POST', pods, { metadata: { name: `app-${nodeName}`, labels: colocateWith }, spec });
}

test('while the application is scaled to zero, a run goes to any node, and others on its claim to the same', async () => {
  await applyFolder('first');
  const first = await runOf('first');
  expect(nodes).toContain(first.spec?.nodeName);
  for (const name of ['second', 'third']) {
    await applyFolder(name);
    expect((await runOf(name)).spec?.nodeName).toBe(first.spec?.nodeName);
  }
  for (const name of ['first', 'second', 'third']) {
    await endPodOf(api, 'shop', jobOf(await runOf(name)), 0, setupResult());
    await untilCondition(api, { namespace: 'shop', name }, { type: 'Ready', status: 'True' });
  }
});

test.each(nodes)('while it runs on %s, a run goes there', async (node) => {
  await runApplication(node);
  await applyFolder(`beside-${node}`);
  expect((await runOf(`beside-${node}`)).spec?.nodeName).toBe(node);
  await endPodOf(api, 'shop', jobOf(await runOf(`beside-${node}`)), 0, setupResult());
  await api.must('DELETE', `${pods}/app-${node}?gracePeriodSeconds=0`);
});

test('what is reached on its server’s node alone waits for that, and says so', async () => {
  await apply('durus', {
    backend: { durus: { claimName: 'wiki', socket: 'durus.sock', colocateWith: { app: 'durus' } } },
  });
  const expected = { type: 'Ready', status: 'False', reason: 'PodUnschedulable' };
  await until('the sentence', async () => {
    const { status } = await untilCondition(api, { namespace: 'shop', name: 'durus' }, expected);
    const message = status?.conditions?.find(({ type }) => type === 'Ready')?.message;
    return message?.includes('app=durus (colocateWith); no pod with these labels runs; Job durus-setup-');
  });
});
