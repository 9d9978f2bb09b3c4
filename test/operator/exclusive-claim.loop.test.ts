import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../scripts/cluster/control-plane.ts';
import { apiVersion, kind } from '../../src/api/group.ts';
import type { CronJob, Job, Pod } from '../../src/api/kubernetes.ts';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import {
  ApiClient,
  createNamespace,
  cronJobPath,
  installCrd,
  jobPath,
  storePath,
  until,
  untilCondition,
} from '../api-client.ts';
import { cleanupResult, directorySpec, setupResult, shelveSpec } from '../builders.ts';
import { endPodOf } from './kubelet.ts';
import { type RunningOperator, startOperator } from './run-operator.ts';

let controlPlane: ControlPlane;
let api: ApiClient;
let operator: RunningOperator;
const withPython = ['--python-runner-image=session-store-operator-python:dev'];

beforeAll(async () => {
  controlPlane = await startControlPlane();
  api = new ApiClient(controlPlane);
  await installCrd(api);
  await createNamespace(api, 'shop');
  operator = await startOperator(controlPlane.kubeconfig, withPython);
});

afterAll(async () => {
  await operator.stop();
  await api.close();
  await controlPlane.stop();
});

const podPath = (name = '') => `/api/v1/namespaces/shop/pods${name && `/${name}`}`;
const store = (name: string) => ({ namespace: 'shop', name });
const apply = (name: string, spec: SessionStoreSpec) =>
  api.must('POST', storePath('shop'), { apiVersion, kind, metadata: { name }, spec });
const read = (path: string) => api.must('GET', path);

/** A pod of the application. No kubelet runs here, so it is pending until a test says otherwise. */
async function mountClaim(name: string, claimName = 'wiki'): Promise<void> {
  await api.must('POST', podPath(), {
    metadata: { name },
    spec: {
      containers: [{ name: 'app', image: 'app', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
    },
  });
}

/** As a kubelet would report. */
const reportPhase = (pod: string, phase: string) =>
  api.merge(`${podPath(pod)}/status`, { status: { phase } });

async function setupJobOf(name: string): Promise<Job> {
  const selector = `sessionstore.dev/store=${name},sessionstore.dev/task=setup`;
  return until(`the set-up Job of ${name}`, async () => {
    const { items } = await read(`${jobPath('shop')}?labelSelector=${selector}`);
    return (items as Job[]).at(-1);
  });
}

async function provision(name: string): Promise<void> {
  await endPodOf(api, 'shop', (await setupJobOf(name)).metadata.name, 0, setupResult());
  await untilCondition(api, store(name), { type: 'Ready', status: 'True' });
}

type MadeCronJob = CronJob & {
  readonly spec: {
    readonly jobTemplate: { readonly metadata: Job['metadata']; readonly spec: Job['spec'] };
  };
};

/** What the controller does at the scheduled time. */
async function startCleanup(cronJobName: string, name: string): Promise<void> {
  const { metadata, spec } = (await read(cronJobPath('shop', cronJobName))) as MadeCronJob;
  const { labels, annotations } = spec.jobTemplate.metadata;
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: cronJobName, uid: metadata.uid };
  await api.must('POST', jobPath('shop'), {
    metadata: { name, labels, annotations, ownerReferences: [{ ...owner, controller: true }] },
    spec: spec.jobTemplate.spec,
  });
}

const podsOf = async (job: string): Promise<readonly Pod[]> =>
  (await read(`${podPath()}?labelSelector=batch.kubernetes.io/job-name=${job}`)).items;

const untilStarted = (job: string) =>
  until(`a pod of ${job}`, async () => (await podsOf(job)).length > 0, 45_000);

test('a clean-up waits, suspended, while a pod mounts its claim, and the condition names it', async () => {
  await mountClaim('wiki-0');
  await mountClaim('other', 'pictures');
  await apply('wiki', shelveSpec);
  await provision('wiki');
  await startCleanup('wiki-cleanup', 'wiki-cleanup-1');
  const { status } = await untilCondition(api, store('wiki'), {
    type: 'CleanedUp',
    status: 'False',
    reason: 'InUse',
  });
  const condition = status?.conditions?.find(({ type }) => type === 'CleanedUp');
  expect(condition?.message).toMatch(/mount claim wiki, .*; found wiki-0\. Job wiki-cleanup-1 waits/);
  expect((await read(jobPath('shop', 'wiki-cleanup-1'))).spec.suspend).toBe(true);
  expect(await podsOf('wiki-cleanup-1')).toEqual([]);
});

const gatesOf = async (job: string) =>
  (await podsOf(job)).map(({ spec }) => (spec as { schedulingGates?: unknown } | undefined)?.schedulingGates);

test('one that somebody else resumes meanwhile has a pod that no node may take, and says so', async () => {
  await startCleanup('wiki-cleanup', 'wiki-cleanup-0');
  await api.merge(jobPath('shop', 'wiki-cleanup-0'), { spec: { suspend: false } });
  await untilStarted('wiki-cleanup-0');
  expect(await gatesOf('wiki-cleanup-0')).toEqual([[{ name: 'sessionstore.dev/alone-on-claim' }]]);
  await api.must('DELETE', `${jobPath('shop', 'wiki-cleanup-1')}?propagationPolicy=Background`);
  const expected = { type: 'CleanedUp', status: 'False', reason: 'PodUnschedulable' };
  const { status } = await untilCondition(api, store('wiki'), expected);
  const condition = status?.conditions?.find(({ type }) => type === 'CleanedUp');
  expect(condition?.message).toMatch(/scheduling gate .* somebody else resumed its Job/);
  await api.must('DELETE', `${jobPath('shop', 'wiki-cleanup-0')}?propagationPolicy=Background`);
  await startCleanup('wiki-cleanup', 'wiki-cleanup-1');
  await untilCondition(api, store('wiki'), { type: 'CleanedUp', status: 'False', reason: 'InUse' });
});

test('it starts when that pod has gone, whatever pods of the operator’s own are there, and ends', async () => {
  await apply('neighbour', {
    ...directorySpec,
    backend: { directory: { claimName: 'wiki', path: 'files' } },
  });
  await untilStarted((await setupJobOf('neighbour')).metadata.name);
  await api.must('DELETE', `${podPath('wiki-0')}?gracePeriodSeconds=0`);
  await untilStarted('wiki-cleanup-1');
  expect(await gatesOf('wiki-cleanup-1')).toEqual([undefined]);

  // Who comes now finds it running: it is not held up any more.
  await mountClaim('wiki-1');
  await reportPhase('wiki-1', 'Running');
  await api.merge(storePath('shop', 'wiki'), { metadata: { annotations: { look: 'again' } } });
  await endPodOf(api, 'shop', 'wiki-cleanup-1', 0, { ...cleanupResult(), command: 'delete-old' });
  const { status } = await untilCondition(api, store('wiki'), { type: 'CleanedUp', status: 'True' });
  expect(status?.cleanup?.lastRun).toMatchObject({ jobName: 'wiki-cleanup-1', deleted: 9000 });
  const job = (await read(jobPath('shop', 'wiki-cleanup-1'))) as Job;
  expect(job.spec.suspend).toBe(false);
  expect(await podsOf('wiki-cleanup-1')).toHaveLength(1);
});

test('one that waits goes when the store may be cleaned in use, and the next one needs no look', async () => {
  await startCleanup('wiki-cleanup', 'wiki-cleanup-2');
  await untilCondition(api, store('wiki'), { type: 'CleanedUp', status: 'False', reason: 'InUse' });
  const before = (await read(cronJobPath('shop', 'wiki-cleanup'))) as MadeCronJob;
  await api.merge(storePath('shop', 'wiki'), { spec: { backend: { shelve: { whileInUse: 'Tolerate' } } } });
  await until(
    'the Job to be gone',
    async () => (await api.request('GET', jobPath('shop', 'wiki-cleanup-2'))).status === 404,
  );
  const after = (await read(cronJobPath('shop', 'wiki-cleanup'))) as MadeCronJob;
  expect(after.metadata.uid).toBe(before.metadata.uid);
  expect(after.spec.jobTemplate.metadata.annotations?.['sessionstore.dev/alone-on-claim']).toBe('');
  await startCleanup('wiki-cleanup', 'wiki-cleanup-3');
  await untilStarted('wiki-cleanup-3');
  await endPodOf(api, 'shop', 'wiki-cleanup-3', 0, { ...cleanupResult(), command: 'delete-old' });
  await untilCondition(api, store('wiki'), { type: 'CleanedUp', status: 'True' });
});

test('a migration waits likewise, and runs once the last pod has ended', async () => {
  const backend = { shelve: { claimName: 'wiki', path: 'blog/sessions', form: 'Safe' } } as const;
  await apply('blog', { ...shelveSpec, backend, setup: { migrate: true } });
  const { status } = await untilCondition(api, store('blog'), {
    type: 'Provisioned',
    status: 'False',
    reason: 'InUse',
  });
  expect(status?.conditions?.map(({ type }) => type)).toContain('Reconciling');
  const { name } = (await setupJobOf('blog')).metadata;
  expect(await podsOf(name)).toEqual([]);
  await reportPhase('wiki-1', 'Succeeded');
  await untilStarted(name);
  await provision('blog');
});

test('without the image with Python such a store is Stalled and says which flag to set; others are not', async () => {
  await operator.stop();
  operator = await startOperator(controlPlane.kubeconfig);
  const { status } = await untilCondition(api, store('wiki'), { type: 'Stalled', reason: 'NoRunnerImage' });
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  expect(ready).toMatchObject({
    status: 'False',
    message: expect.stringContaining('set its flag --python-runner-image'),
  });
  await endPodOf(api, 'shop', (await setupJobOf('neighbour')).metadata.name, 0, setupResult());
  await untilCondition(api, store('neighbour'), { type: 'Ready', status: 'True' });
  await operator.stop();
  operator = await startOperator(controlPlane.kubeconfig, withPython);
  await untilCondition(api, store('wiki'), { type: 'Ready', status: 'True' });
});
