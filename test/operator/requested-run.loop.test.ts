import { expect, test } from 'vitest';
import { cleanupRequestAnnotation } from '../../src/api/group.ts';
import type { Job } from '../../src/api/kubernetes.ts';
import type { SessionStoreResource } from '../../src/api/session-store-resource.ts';
import type { CleanupStatus } from '../../src/api/status.ts';
import { storeLabel, taskLabel } from '../../src/state/labels.ts';
import { jobPath, storePath, until } from '../api-client.ts';
import { cleanupResult, failureResult, postgresSpec } from '../builders.ts';
import { useLoop } from './loop.ts';
import { Namespace } from './namespace.ts';

const namespace = 'requests';
const loop = useLoop({ namespaces: [namespace] });
const stores = new Namespace(loop, namespace);
/** No scheduled run comes between. */
const spec = { ...postgresSpec, cleanup: { expiredFor: '10m', schedule: '0 0 1 1 *' } };

const request = (store: string, value: string) =>
  stores.change(store, { metadata: { annotations: { [cleanupRequestAnnotation]: value } } });

async function cleanupJobs(store: string): Promise<readonly Job[]> {
  const selector = `${storeLabel}=${store},${taskLabel}=cleanup`;
  return (await loop.api.must('GET', `${jobPath(namespace)}?labelSelector=${selector}`)).items;
}

/** Waits until status of clean-up is as wanted. */
const untilCleanup = (store: string, what: string, isThere: (cleanup: CleanupStatus) => unknown) =>
  until(`${what} in status of ${store}`, async () => {
    const { status } = (await loop.api.must('GET', storePath(namespace, store))) as SessionStoreResource;
    return status?.cleanup && isThere(status.cleanup) ? status.cleanup : undefined;
  });

const untilHandled = (store: string, value: string) =>
  untilCleanup(store, `request ${value}`, ({ lastHandledRequest }) => lastHandledRequest === value);

async function onlyJob(store: string): Promise<Job> {
  const [job, ...others] = await cleanupJobs(store);
  if (!job || others.length > 0)
    throw new Error(`Expected one clean-up Job, got ${others.length + (job ? 1 : 0)}`);
  return job;
}

test('an annotation starts one run now, which status acknowledges, shows and keeps in its history', async () => {
  await stores.apply('web', spec);
  await stores.provision('web');
  await request('web', 'first');
  await untilHandled('web', 'first');
  const job = await onlyJob('web');
  const { metadata: cronJob } = await stores.cronJob('web');
  expect(job.metadata.name).toMatch(/^web-cleanup-r[0-9a-f]{8}$/);
  expect(job.metadata.ownerReferences).toMatchObject([
    { kind: 'CronJob', name: 'web-cleanup', uid: cronJob.uid, controller: true },
  ]);
  const during = await untilCleanup('web', 'the run that goes on', ({ active }) => active);
  expect(during.active).toEqual({ jobName: job.metadata.name, startedAt: expect.stringMatching(/Z$/) });
  await stores.endPodOf(job.metadata.name, cleanupResult({ deleted: 5 }));
  const after = await untilCleanup('web', 'the run', ({ lastRun }) => lastRun?.jobName === job.metadata.name);
  expect(after).not.toHaveProperty('active');
  expect(after.history).toMatchObject([
    { outcome: 'Succeeded', deleted: 5, startedAt: during.active?.startedAt },
  ]);
  // The value stays in the annotation, and any other change makes the operator reconcile the store again.
  await stores.change('web', { spec: { cleanup: { expiredFor: '11m' } } });
  await until('the spec to be observed', async () => {
    const { status, metadata } = await loop.api.must('GET', storePath(namespace, 'web'));
    return status.observedGeneration === metadata.generation;
  });
  expect((await cleanupJobs('web')).map(({ metadata }) => metadata.uid)).toEqual([job.metadata.uid]);
});

test('the cluster’s role view can read the image and the progress of a run, and start none', async () => {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;
  await loop.api.must('POST', rbac, {
    metadata: { name: 'viewer' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'viewer' }],
  });
  const may = async (verb: string, group: string, resource: string, subresource = '') => {
    const resourceAttributes = { namespace, verb, group, resource, subresource };
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    const { status } = await loop.api.must('POST', path, { spec: { user: 'viewer', resourceAttributes } });
    return status.allowed;
  };
  await until('the binding to be in force', () => may('get', 'batch', 'cronjobs'));
  expect(await may('get', '', 'pods', 'log')).toBe(true);
  expect(await may('create', 'batch', 'jobs')).toBe(false);
  const { template } = (await stores.cronJob('web')).spec.jobTemplate.spec as {
    template: { spec: { containers: readonly { name: string; image: string }[] } };
  };
  expect(template.spec.containers).toMatchObject([{ name: 'runner', image: expect.stringMatching(/./) }]);
});

test('a request waits for set-up, and for a suspension to end', async () => {
  await stores.apply('new', { ...spec, suspend: true });
  await request('new', 'early');
  const waiting = async (why: string) =>
    (await untilCleanup('new', why, ({ pendingRequest }) => pendingRequest?.includes(why)))
      .lastHandledRequest;
  expect(await waiting('spec.suspend')).toBeUndefined();
  await stores.change('new', { spec: { suspend: null } });
  expect(await waiting('set-up')).toBeUndefined();
  expect(await cleanupJobs('new')).toEqual([]);
  await stores.provision('new');
  expect(await untilHandled('new', 'early')).not.toHaveProperty('pendingRequest');
  await onlyJob('new');
});

test('a request waits until the run that goes on has ended, as that may be about an older spec', async () => {
  await stores.apply('busy', spec);
  await stores.provision('busy');
  await stores.startCleanup('busy', 'scheduled');
  await untilCleanup('busy', 'the run', ({ active }) => active?.jobName === 'scheduled');
  await request('busy', 'meanwhile');
  await untilCleanup('busy', 'the wait', ({ pendingRequest }) => pendingRequest?.includes('Job scheduled'));
  expect((await onlyJob('busy')).metadata.name).toBe('scheduled');
  await stores.endPodOf('scheduled', cleanupResult());
  const { active } = await untilCleanup(
    'busy',
    'the requested run',
    ({ lastHandledRequest, active: run }) => {
      return lastHandledRequest === 'meanwhile' && run;
    },
  );
  expect(active?.jobName).toMatch(/^busy-cleanup-r/);
});

test('the history has each run once, without its Job, and through a restart of the operator', async () => {
  await stores.apply('past', spec);
  await stores.provision('past');
  const expected: object[] = [];
  const end = async (job: string, result: ReturnType<typeof cleanupResult>, exitCode: number, as: object) => {
    await stores.startCleanup('past', job);
    await stores.endPodOf(job, result, exitCode);
    expected.unshift(as);
    await untilCleanup('past', job, ({ history }) => history?.length === expected.length);
    await loop.api.must('DELETE', `${jobPath(namespace, job)}?propagationPolicy=Background`);
  };
  await end('run-1', cleanupResult({ deleted: 1 }), 0, { outcome: 'Succeeded', deleted: 1 });
  await end('run-2', failureResult('PermissionDenied', 'no'), 77, {
    outcome: 'Failed',
    reason: 'PermissionDenied',
  });
  await loop.restartOperator();
  await end('run-3', cleanupResult({ deleted: 3 }), 0, { outcome: 'Succeeded', deleted: 3 });
  await stores.change('past', { metadata: { annotations: { look: 'again' } } });
  const { history } = await untilCleanup('past', 'the runs', ({ lastRun }) => lastRun?.jobName === 'run-3');
  expect(history).toMatchObject(expected);
});
