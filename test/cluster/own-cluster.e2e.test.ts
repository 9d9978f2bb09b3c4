import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endProcess, type ProcessId, recordOf } from '../../scripts/cluster/daemon.ts';
import { buildImages } from '../../scripts/cluster/images.ts';
import { applyObjects, kubectl } from '../../scripts/cluster/kubectl.ts';
import { withLock } from '../../scripts/cluster/lock.ts';
import {
  loadIntoOwnCluster,
  machineLock,
  type OwnCluster,
  ownCluster,
  removeOwnCluster,
} from '../../scripts/cluster/own-cluster.ts';
import { newOwnedDirectory } from '../../scripts/cluster/owned-directory.ts';
import { run } from '../../scripts/cluster/run.ts';

// A cluster of this test's own, beside the one that other tests may be using.
const directory = await newOwnedDirectory();
const image = 'session-store-operator/node:24';
let cluster: OwnCluster;

beforeAll(async () => {
  cluster = await ownCluster(directory, false);
});

afterAll(async () => {
  await removeOwnCluster(directory);
});

test('a cluster that stands is used as it is', async () => {
  const before = processes();
  expect(await ownCluster(directory, false)).toEqual(cluster);
  expect(processes()).toEqual(before);
});

test('a pod under Pod Security restricted runs to completion, calls the API server, and its log can be read', async () => {
  for (const archive of await buildImages([image])) await loadIntoOwnCluster(cluster, archive);
  await applyObjects(cluster.kubeconfig, restrictedNamespace, restrictedJob);
  const job = ['--namespace=restricted', 'job/hello'];
  await kubectl(cluster.kubeconfig, 'wait', '--for=condition=Complete', '--timeout=180s', ...job);
  expect(await kubectl(cluster.kubeconfig, 'logs', ...job)).toBe('200\n');
});

test('after a crash of a part, or of all, there is a whole cluster again', async () => {
  for (const victim of [recordOf('kube-apiserver', path.join(directory, 'control-plane')), ...processes()]) {
    if (victim !== undefined) await endProcess(victim);
  }
  cluster = await ownCluster(directory, false);
  expect(await kubectl(cluster.kubeconfig, 'get', 'nodes', '--no-headers')).toMatch(/^node +Ready/);
});

test('a removed cluster leaves no process, mount, link, route, control group or file', async () => {
  const { link } = cluster.network;
  const namespace = mountNamespaceOf(recordOf('node', path.join(directory, 'node'))?.pid ?? 0);
  expect(processesIn(namespace).length).toBeGreaterThan(3);
  expect(await traces(link)).not.toEqual([]);
  // Otherwise another cluster may take the link's name at once.
  await withLock(machineLock, async () => {
    await removeOwnCluster(directory);
    expect(processesIn(namespace)).toEqual([]);
    expect(await traces(link)).toEqual([]);
  });
});

/** Every line of the machine's state that names the cluster. */
async function traces(link: string): Promise<readonly string[]> {
  const listings = [
    await run('ip', ['link']),
    await run('ip', ['route', 'show', 'table', 'all']),
    readFileSync('/proc/mounts', 'utf8'),
    await run('find', ['/sys/fs/cgroup', '-type', 'd', '-name', link]),
    existsSync(directory) ? directory : '',
    await commandLines(),
  ];
  // As a whole word: link 1 is not link 10.
  const isNamed = new RegExp(String.raw`\b${link}\b`);
  return listings.flatMap((listing) =>
    listing.split('\n').filter((line) => isNamed.test(line) || line.includes(directory)),
  );
}

function processes(): readonly ProcessId[] {
  const records = [
    ['control-plane', 'etcd'],
    ['control-plane', 'kube-apiserver'],
    ['control-plane', 'kube-controller-manager'],
    ['control-plane', 'kube-scheduler'],
    ['node', 'node'],
  ] as const;
  return records.flatMap(([part, name]) => recordOf(name, path.join(directory, part)) ?? []);
}

async function commandLines(): Promise<string> {
  const own = `${process.pid}`;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== own);
  return pids.map((pid) => orElse('', () => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))).join('\n');
}

function mountNamespaceOf(pid: number): string {
  return orElse('', () => readlinkSync(`/proc/${pid}/ns/mnt`));
}

function processesIn(mountNamespace: string): readonly string[] {
  return readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && mountNamespaceOf(Number(name)) === mountNamespace,
  );
}

/** Processes end while one looks at them. */
function orElse<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

const restrictedNamespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'restricted', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
};

const callApiServer = `
  const { readFileSync } = require('node:fs');
  const read = (name) => readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/' + name);
  const headers = { authorization: 'Bearer ' + read('token') };
  const options = { ca: read('ca.crt'), headers, timeout: 5000 };
  // The node's name server and routes may come after the pod.
  const call = (left) => {
    const request = require('node:https').get('https://kubernetes.default.svc/api', options,
      (response) => { console.log(response.statusCode); response.resume(); });
    request.on('timeout', () => request.destroy(new Error('no answer in 5 s')));
    request.on('error', (error) => {
      if (left === 0) throw error;
      setTimeout(call, 1000, left - 1);
    });
  };
  call(20);`;

const restrictedJob = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'hello', namespace: 'restricted' },
  spec: {
    template: {
      spec: {
        restartPolicy: 'Never',
        securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'main',
            image,
            command: ['node', '--eval', callApiServer],
            securityContext: {
              allowPrivilegeEscalation: false,
              capabilities: { drop: ['ALL'] },
              readOnlyRootFilesystem: true,
            },
          },
        ],
      },
    },
  },
};
