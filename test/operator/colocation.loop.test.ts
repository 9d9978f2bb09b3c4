import { expect, test } from 'vitest';
import { components } from '../../scripts/cluster/components.ts';
import type { Pod } from '../../src/api/kubernetes.ts';
import { type ApiClient, until } from '../api-client.ts';
import { directorySpec, setupResult } from '../builders.ts';
import { useLoop } from './loop.ts';
import { Namespace } from './namespace.ts';

const nodes = ['node-0', 'node-1', 'node-2'];

/** A node for the scheduler alone: it is reported as ready, and no pod runs on it. */
async function createNode(api: ApiClient, name: string): Promise<void> {
  await api.must('POST', '/api/v1/nodes', { metadata: { name, labels: { 'kubernetes.io/hostname': name } } });
  const lastHeartbeatTime = new Date().toISOString();
  const ready = { type: 'Ready', status: 'True', reason: 'Test', lastHeartbeatTime };
  const room = { cpu: '8', memory: '16Gi', pods: '100' };
  await api.merge(`/api/v1/nodes/${name}/status`, {
    status: { conditions: [ready], capacity: room, allocatable: room },
  });
  await api.merge(`/api/v1/nodes/${name}`, { spec: { taints: [] } });
}

async function createClaim(api: ApiClient, name: string): Promise<void> {
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

const loop = useLoop({
  // No kubelet renews the nodes' heartbeats: after some 40 seconds, this controller would keep pods away from them.
  controlPlane: { components, controllers: '*,-cronjob-controller,-node-lifecycle-controller' },
  namespaces: ['shop'],
  prepare: async (api) => {
    for (const name of nodes) await createNode(api, name);
    await createClaim(api, 'wiki');
  },
  args: ['--python-runner-image=python:dev'],
});
const shop = new Namespace(loop, 'shop');

const pods = '/api/v1/namespaces/shop/pods';
const colocateWith = { app: 'wiki' };

const applyFolder = (name: string) =>
  shop.apply(name, {
    ...directorySpec,
    backend: { directory: { claimName: 'wiki', path: name, colocateWith } },
  });

const runOf = (store: string, task = 'setup') =>
  until(`a pod of ${store} on a node`, async () => {
    const selector = `sessionstore.dev/store=${store},sessionstore.dev/task=${task}`;
    const { items } = await loop.api.must('GET', `${pods}?labelSelector=${selector}`);
    return (items as Pod[]).find(({ spec }) => spec?.nodeName !== undefined);
  });

const jobOf = (pod: Pod): string => pod.metadata.ownerReferences?.[0]?.name ?? '';

async function runApplication(nodeName: string): Promise<void> {
  const spec = { nodeName, containers: [{ name: 'app', image: 'app' }] };
  await loop.api.must('POST', pods, { metadata: { name: `app-${nodeName}`, labels: colocateWith }, spec });
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
    await shop.endPodOf(jobOf(await runOf(name)), setupResult());
    await shop.untilReady(name);
  }
});

test.each(nodes)('while it runs on %s, a run goes there', async (node) => {
  await runApplication(node);
  await applyFolder(`beside-${node}`);
  expect((await runOf(`beside-${node}`)).spec?.nodeName).toBe(node);
  await shop.endPodOf(jobOf(await runOf(`beside-${node}`)), setupResult());
  await loop.api.must('DELETE', `${pods}/app-${node}?gracePeriodSeconds=0`);
});

test('a socket that only its server’s node can reach waits for that node, with a message', async () => {
  await shop.apply('durus', {
    backend: { durus: { claimName: 'wiki', socket: 'durus.sock', colocateWith: { app: 'durus' } } },
  });
  const expected = { type: 'Ready', status: 'False', reason: 'PodUnschedulable' };
  await until('the sentence', async () => {
    const { status } = await shop.untilCondition('durus', expected);
    const message = status?.conditions?.find(({ type }) => type === 'Ready')?.message;
    return message?.includes('app=durus (colocateWith); no pod with these labels runs; Job durus-setup-');
  });
});
