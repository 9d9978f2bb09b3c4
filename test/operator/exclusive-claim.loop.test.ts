import { expect, test } from 'vitest';
import type { Job, Pod } from '../../src/api/kubernetes.ts';
import { jobPath, until } from '../api-client.ts';
import { cleanupResult, directorySpec, shelveSpec } from '../builders.ts';
import { useLoop } from './loop.ts';
import { Namespace } from './namespace.ts';

const loop = useLoop({
  namespaces: ['shop'],
  args: ['--python-runner-image=session-store-operator-python:dev', '--claim-check-interval=1'],
});
const shop = new Namespace(loop, 'shop');

const podPath = (name = '') => `/api/v1/namespaces/shop/pods${name && `/${name}`}`;
const read = (path: string) => loop.api.must('GET', path);

/** A pod of the application. No kubelet runs here, so it is pending until a test says otherwise. */
async function mountClaim(name: string, claimName = 'wiki'): Promise<void> {
  await loop.api.must('POST', podPath(), {
    metadata: { name },
    spec: {
      containers: [{ name: 'app', image: 'app', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
    },
  });
}

/** As a kubelet would report. */
const reportPhase = (pod: string, phase: string) =>
  loop.api.merge(`${podPath(pod)}/status`, { status: { phase } });

const podsOf = async (job: string): Promise<readonly Pod[]> =>
  (await read(`${podPath()}?labelSelector=batch.kubernetes.io/job-name=${job}`)).items;

const untilStarted = (job: string) => until(`a pod of ${job}`, async () => (await podsOf(job)).length > 0);

test('a clean-up waits, suspended, while a pod mounts its claim, and the condition names it', async () => {
  await mountClaim('wiki-0');
  await mountClaim('other', 'pictures');
  await shop.apply('wiki', shelveSpec);
  await shop.provision('wiki');
  await shop.startCleanup('wiki', 'wiki-cleanup-1');
  const { status } = await shop.untilCondition('wiki', {
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

test('a Job that another client resumes has a pod that no node accepts, with a message', async () => {
  await shop.startCleanup('wiki', 'wiki-cleanup-0');
  await loop.api.merge(jobPath('shop', 'wiki-cleanup-0'), { spec: { suspend: false } });
  await untilStarted('wiki-cleanup-0');
  expect(await gatesOf('wiki-cleanup-0')).toEqual([[{ name: 'sessionstore.dev/alone-on-claim' }]]);
  await loop.api.must('DELETE', `${jobPath('shop', 'wiki-cleanup-1')}?propagationPolicy=Background`);
  const expected = { type: 'CleanedUp', status: 'False', reason: 'PodUnschedulable' };
  const { status } = await shop.untilCondition('wiki', expected);
  const condition = status?.conditions?.find(({ type }) => type === 'CleanedUp');
  expect(condition?.message).toMatch(/scheduling gate .* another client resumed its Job/);
  await loop.api.must('DELETE', `${jobPath('shop', 'wiki-cleanup-0')}?propagationPolicy=Background`);
  await shop.startCleanup('wiki', 'wiki-cleanup-1');
  await shop.untilCondition('wiki', { type: 'CleanedUp', status: 'False', reason: 'InUse' });
});

test('a Job that waits for its claim starts when the other pod has gone, whatever pods of the operator’s own are there, and ends', async () => {
  await shop.apply('neighbour', {
    ...directorySpec,
    backend: { directory: { claimName: 'wiki', path: 'files' } },
  });
  await untilStarted((await shop.setupJob('neighbour')).metadata.name);
  await loop.api.must('DELETE', `${podPath('wiki-0')}?gracePeriodSeconds=0`);
  await untilStarted('wiki-cleanup-1');
  expect(await gatesOf('wiki-cleanup-1')).toEqual([undefined]);

  // A pod that comes now finds the Job running, so it no longer delays the Job.
  await mountClaim('wiki-1');
  await reportPhase('wiki-1', 'Running');
  await shop.change('wiki', { metadata: { annotations: { look: 'again' } } });
  await shop.endPodOf('wiki-cleanup-1', cleanupResult());
  const { status } = await shop.untilCondition('wiki', { type: 'CleanedUp', status: 'True' });
  expect(status?.cleanup?.lastRun).toMatchObject({ jobName: 'wiki-cleanup-1', deleted: 9000 });
  const job = (await read(jobPath('shop', 'wiki-cleanup-1'))) as Job;
  expect(job.spec.suspend).toBe(false);
  expect(await podsOf('wiki-cleanup-1')).toHaveLength(1);
});

test('a waiting Job is deleted when the store may be cleaned in use, and the next one needs no check', async () => {
  await shop.startCleanup('wiki', 'wiki-cleanup-2');
  await shop.untilCondition('wiki', { type: 'CleanedUp', status: 'False', reason: 'InUse' });
  const before = await shop.cronJob('wiki');
  await shop.change('wiki', { spec: { backend: { shelve: { whileInUse: 'Tolerate' } } } });
  await shop.untilGone(jobPath('shop', 'wiki-cleanup-2'));
  const after = await shop.cronJob('wiki');
  expect(after.metadata.uid).toBe(before.metadata.uid);
  expect(after.spec.jobTemplate.metadata.annotations?.['sessionstore.dev/alone-on-claim']).toBe('');
  await shop.startCleanup('wiki', 'wiki-cleanup-3');
  await untilStarted('wiki-cleanup-3');
  await shop.endPodOf('wiki-cleanup-3', cleanupResult());
  await shop.untilCondition('wiki', { type: 'CleanedUp', status: 'True' });
});

test('a migration waits likewise, and runs once the last pod has ended', async () => {
  const backend = { shelve: { claimName: 'wiki', path: 'blog/sessions', form: 'Safe' } } as const;
  await shop.apply('blog', { ...shelveSpec, backend, setup: { migrate: true } });
  const { status } = await shop.untilCondition('blog', {
    type: 'Provisioned',
    status: 'False',
    reason: 'InUse',
  });
  expect(status?.conditions?.map(({ type }) => type)).toContain('Reconciling');
  const { name } = (await shop.setupJob('blog')).metadata;
  expect(await podsOf(name)).toEqual([]);
  await reportPhase('wiki-1', 'Succeeded');
  await untilStarted(name);
  await shop.provision('blog');
});

test('without the image with Python such a store is Stalled and says which flag to set; others are not', async () => {
  await loop.restartOperator([]);
  const { status } = await shop.untilCondition('wiki', { type: 'Stalled', reason: 'NoRunnerImage' });
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  expect(ready).toMatchObject({
    status: 'False',
    message: expect.stringContaining('set its flag --python-runner-image'),
  });
  await shop.provision('neighbour');
  await loop.restartOperator();
  await shop.untilReady('wiki');
});
