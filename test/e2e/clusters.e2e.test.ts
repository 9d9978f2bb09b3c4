import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Job } from '../../src/api/kubernetes.ts';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import { jobPath, until } from '../api-client.ts';
import { mutatingPolicy } from '../mutating-policy.ts';
import { connectPlatform, messageOf, type Namespace, newNamespace, type Platform } from './platform.ts';
import { createClaim, createVolume, inVolume, removeVolumes } from './volume.ts';

let platform: Platform;
let mesh: Namespace;
const policies: Awaited<ReturnType<typeof mutatingPolicy>>[] = [];

/** Goes on until it is told to stop. */
const endless = "trap 'exit 0' TERM; while :; do sleep 1; done";

/** Containers that a mesh's webhook adds to a pod. */
const sidecar = (kind: string, script: string, rest: string) =>
  `Object.spec.${kind}{name: "mesh", image: "postgres-e2e:15", imagePullPolicy: "IfNotPresent", ` +
  `command: ["sh", "-c", "${script}"], ` +
  `securityContext: Object.spec.${kind}.securityContext{runAsUser: 1000}${rest}}`;

const trialPod = { restartPolicy: 'Never', containers: [{ name: 'trial', image: 'x' }] };

type Kind = 'containers' | 'initContainers';

/** Has the container put into the pods with this label. */
async function injected(label: string, kind: Kind, script: string, rest = ''): Promise<void> {
  const none = kind === 'containers' ? '' : `JSONPatch{op: "add", path: "/spec/${kind}", value: []}, `;
  const policy = await mutatingPolicy(platform.api, {
    name: `${mesh.name}-${label}`,
    namespace: mesh.name,
    labelled: { mesh: label },
    resource: 'pods',
    patch: `[${none}JSONPatch{op: "add", path: "/spec/${kind}/-", value: ${sidecar(kind, script, rest)}}]`,
    trial: {
      spec: trialPod,
      isChanged: ({ containers = [], initContainers = [] }) => containers.length + initContainers.length > 1,
    },
  });
  policies.push(policy);
}

beforeAll(async () => {
  platform = await connectPlatform(inject('kubeconfig'), inject('kubectl'));
  mesh = await newNamespace(platform, 'mesh');
  await Promise.all([
    createVolume(platform, mesh, 'files', 1000),
    injected('sidecar', 'containers', endless),
    injected('native', 'initContainers', endless, ', restartPolicy: "Always"'),
    injected('broken', 'initContainers', 'exit 3'),
  ]);
});

afterAll(async () => {
  for (const policy of policies) await policy.remove();
  await removeVolumes(platform, mesh);
  await mesh.remove();
});

const folder = (path: string, claimName = 'files', label = 'sidecar'): SessionStoreSpec => ({
  backend: { directory: { claimName, path } },
  cleanup: { unmodifiedFor: '30m', schedule: '0 0 1 1 *' },
  pod: { labels: { mesh: label }, securityContext: { runAsUser: 1000, runAsGroup: 1000 } },
});

async function jobsOf(store: string): Promise<readonly Job[]> {
  const selector = `sessionstore.dev/store=${store}`;
  return (await platform.api.must('GET', `${jobPath(mesh.name)}?labelSelector=${selector}`)).items;
}

const untilGone = (store: string) =>
  until(`the Jobs of ${store} to go`, async () => (await jobsOf(store)).length === 0);

describe('beside a sidecar that does not end', () => {
  test('set-up is done when its runner is, and its Job goes', async () => {
    await mesh.store('web', folder('web'));
    await mesh.becomes('web', 'Ready', 'True');
    await untilGone('web');
    expect((await mesh.read('web')).status?.setup).toMatchObject({ outcome: 'Created', attempt: 1 });
  });

  test('clean-up’s figures count at once, and the next run may start', async () => {
    const old = `cd /volume/web; for i in 1 2 3; do printf '\\200\\004.' > session-$i; done
      touch -d '1 hour ago' session-1 session-2; chown -R 1000:1000 .`;
    await inVolume(platform, mesh, 'files', old);
    const run = (job: string) =>
      platform.kubectl(['create', 'job', '-n', mesh.name, job, '--from=cronjob/web-cleanup']);
    for (const [job, deleted] of [
      ['first', 2],
      ['second', 0],
    ] as const) {
      await run(job);
      const lastRun = await until(`the figures of ${job}`, async () => {
        const { status } = await mesh.read('web');
        return status?.cleanup?.lastRun?.jobName === job && status.cleanup.lastRun;
      });
      expect(lastRun).toMatchObject({ outcome: 'Succeeded', deleted, remaining: 1 });
      await untilGone('web');
    }
    await mesh.becomes('web', 'CleanedUp', 'True', 'CleanedUp');
  });

  test('a set-up that only a person can mend says so, and its Job goes', async () => {
    await createClaim(platform, mesh, 'roots');
    await mesh.store('roots', folder('sessions', 'roots'));
    const store = await mesh.becomes('roots', 'Stalled', 'True', 'VolumeUnusable');
    expect(messageOf(store)).toMatch(/runAsUser|fsGroup/);
    await untilGone('roots');
  });

  test('a set-up that may pass later says that this run is not tried again, and its Job goes', async () => {
    const connection = { secretName: 'none' };
    await mesh.store('secret', {
      backend: { postgres: { connection } },
      pod: { labels: { mesh: 'sidecar' } },
    });
    const store = await mesh.becomes('secret', 'Ready', 'False', 'SecretMissing');
    expect(messageOf(store)).toContain('not retried in this run, because its pod still runs: mesh');
    await untilGone('secret');
  });
});

test('beside a native sidecar, which ends with its pod, the Job ends by itself and stays to be looked at', async () => {
  await mesh.store('native', folder('native', 'files', 'native'));
  await mesh.becomes('native', 'Ready', 'True');
  const [job] = await until('the Job to end', async () => {
    const jobs = await jobsOf('native');
    return jobs[0]?.status?.completionTime !== undefined && jobs;
  });
  expect(job?.status?.succeeded).toBe(1);
});

test('a container that fails before the runner is named', async () => {
  await mesh.store('broken', folder('broken', 'files', 'broken'));
  const store = await mesh.becomes('broken', 'Ready', 'False', 'PodNotStarting');
  expect(messageOf(store)).toMatch(/^container mesh, .* ended with exit code 3/);
});
