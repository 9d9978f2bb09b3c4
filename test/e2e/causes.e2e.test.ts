import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Job, Pod } from '../../src/api/kubernetes.ts';
import { podFailurePolicy } from '../../src/desired/setup-job.ts';
import { runOf } from '../../src/state/job-run.ts';
import type { Problem } from '../../src/state/problem.ts';
import { jobPath, until } from '../api-client.ts';
import { connectPlatform, type Namespace, newNamespace, type Platform, patientProbe } from './platform.ts';

let platform: Platform;
let namespace: Namespace;

const atWork = '/tmp/at-work';

/** Keeps a deleted pod readable. */
const hold = 'sessionstore.dev/held-by-a-test';

beforeAll(async () => {
  platform = await connectPlatform(inject('kubeconfig'), inject('kubectl'));
  namespace = await newNamespace(platform, 'causes');
});

afterAll(async () => {
  for (const { metadata } of await pods())
    await platform.api.merge(`${podPath()}/${metadata.name}`, { metadata: { finalizers: null } });
  await namespace.remove();
});

const podPath = () => `/api/v1/namespaces/${namespace.name}/pods`;

async function pods(job?: string): Promise<readonly Pod[]> {
  const { items } = await platform.api.must('GET', podPath() + (job ? `?labelSelector=job-name=${job}` : ''));
  return items;
}

interface Ending {
  readonly command: readonly string[];
  readonly limits?: Readonly<Record<string, string>>;
  readonly deadlineSeconds?: number;
  /** Once the pod is at work, by the file that its command makes then. */
  readonly act?: (podName: string) => Promise<unknown>;
}

/** Kubernetes makes one `$` of two. */
const shell = (script: string) => ['sh', '-c', script];

/** Ends a Job like ours as told; what is said of it. */
async function troubleOf(name: string, ending: Ending): Promise<Problem | undefined> {
  await platform.api.must('POST', jobPath(namespace.name), {
    metadata: { name },
    spec: {
      backoffLimit: 0,
      podReplacementPolicy: 'Failed',
      podFailurePolicy,
      ...(ending.deadlineSeconds && { activeDeadlineSeconds: ending.deadlineSeconds }),
      template: {
        metadata: { finalizers: [hold] },
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 1,
          // The first process of a container is not ended by its own signals; so the pause container is.
          shareProcessNamespace: true,
          containers: [
            {
              name: 'runner',
              image: 'postgres-e2e:15',
              imagePullPolicy: 'IfNotPresent',
              command: ending.command,
              ...(ending.act && {
                readinessProbe: { exec: { command: ['test', '-e', atWork] }, ...patientProbe },
              }),
              resources: { limits: ending.limits },
            },
          ],
        },
      },
    },
  });
  if (ending.act) await ending.act(await workingPod(name));
  return until(`the message about ${name}`, async () => {
    const job = (await platform.api.must('GET', jobPath(namespace.name, name))) as Job;
    return runOf({ job, pods: await pods(name), warnings: [] }).problem;
  });
}

/** The Job's pod, once its command has said that it is at work. */
const workingPod = (job: string) =>
  until(`a pod of ${job} to work`, async () => {
    const isReady = ({ status }: Pod) =>
      status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
    return (await pods(job)).find(isReady)?.metadata.name;
  });

const deleted = (pod: string) => platform.api.must('DELETE', `${podPath()}/${pod}`);
const evicted = (pod: string) =>
  platform.api.must('POST', `${podPath()}/${pod}/eviction`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: pod },
  });

/** Ended before its first command, it would not be deaf. */
const deaf = shell(`trap "" TERM; touch ${atWork}; while :; do sleep 1; done`);

test.concurrent.each<[string, Ending, Problem['reason'], RegExp]>([
  [
    'memory',
    { command: shell('exec tail /dev/zero'), limits: { memory: '24Mi' } },
    'OutOfMemory',
    /pod.resources.limits.memory/,
  ],
  [
    'storage',
    {
      command: shell('head -c 30M /dev/zero > /tmp/full; sleep 600'),
      limits: { 'ephemeral-storage': '5Mi' },
    },
    'Evicted',
    /ephemeral/,
  ],
  ['deadline', { command: deaf, deadlineSeconds: 5 }, 'DeadlineExceeded', /^Job was active longer than/],
  ['kill-9', { command: shell('kill -9 $$$$') }, 'Killed', /reports no lack of memory/],
  ['deleted', { command: deaf, act: deleted }, 'Killed', /^the pod was deleted/],
  ['told', { command: shell(`touch ${atWork}; exec sleep 600`), act: deleted }, 'Interrupted', /SIGTERM/],
  ['evicted', { command: deaf, act: evicted }, 'Disrupted', /^EvictionByEvictionAPI: /],
  ['no-program', { command: ['/no/such/program'] }, 'PodNotStarting', /no such file/],
  ['not-a-program', { command: ['/etc/hostname'] }, 'PodNotStarting', /permission denied/],
])(
  'a pod that ends by %s is called by its cause',
  async (name, ending, reason, message) => {
    expect(await troubleOf(name, ending)).toEqual({ reason, message: expect.stringMatching(message) });
  },
  300_000,
);
