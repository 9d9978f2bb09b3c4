import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../scripts/cluster/control-plane.ts';
import { apiVersion, kind } from '../../src/api/group.ts';
import type { CronJob, Job } from '../../src/api/kubernetes.ts';
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
import { cleanupResult, failureResult, postgresSpec, setupResult } from '../builders.ts';
import { endPodOf } from './kubelet.ts';
import { type RunningOperator, startOperator } from './run-operator.ts';

let controlPlane: ControlPlane;
let api: ApiClient;
let operator: RunningOperator;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  api = new ApiClient(controlPlane);
  await installCrd(api);
  await createNamespace(api, 'shop');
  operator = await startOperator(controlPlane.kubeconfig, ['--retry-min=1', '--retry-max=2']);
});

afterAll(async () => {
  await operator.stop();
  await api.close();
  await controlPlane.stop();
});

async function apply(name: string, spec: SessionStoreSpec = postgresSpec): Promise<void> {
  await api.must('POST', storePath('shop'), { apiVersion, kind, metadata: { name }, spec });
}

async function jobOf(name: string, attempt = 1): Promise<Job> {
  return until(`set-up Job ${attempt} of ${name}`, async () => {
    const { items } = await api.must(
      'GET',
      `${jobPath('shop')}?labelSelector=sessionstore.dev/store=${name},sessionstore.dev/task=setup`,
    );
    return (items as Job[]).find(
      ({ metadata }) => metadata.annotations?.['sessionstore.dev/attempt'] === String(attempt),
    );
  });
}

async function provision(name: string, attempt = 1): Promise<void> {
  const job = await jobOf(name, attempt);
  await endPodOf(api, 'shop', job.metadata.name, 0, setupResult());
}

const web = (name: string) => ({ namespace: 'shop', name });

test('a manifest becomes a Job, its result becomes status, and a CronJob follows', async () => {
  await apply('web');
  const reconciling = await untilCondition(api, web('web'), {
    type: 'Ready',
    status: 'Unknown',
    reason: 'Provisioning',
  });
  expect(reconciling.status?.conditions?.map(({ type }) => type)).toContain('Reconciling');
  await provision('web');
  const ready = await untilCondition(api, web('web'), { type: 'Ready', status: 'True' });
  expect(ready.status?.observedGeneration).toBe(1);
  expect(ready.status?.setup).toMatchObject({ outcome: 'Created', marked: true });
  const cronJob = (await api.must('GET', cronJobPath('shop', 'web-cleanup'))) as CronJob;
  expect(cronJob.spec).toMatchObject({
    schedule: '17 * * * *',
    timeZone: 'Etc/UTC',
    concurrencyPolicy: 'Forbid',
  });
});

test('a finished set-up Job gets its time to live once its result stands in status', async () => {
  const job = await until('the TTL', async () => {
    const current = await jobOf('web');
    return current.spec.ttlSecondsAfterFinished === 3600 && current;
  });
  await api.must('DELETE', `${jobPath('shop', job.metadata.name)}?propagationPolicy=Background`);
  // Another store's way to Ready is time enough for a second Job to show.
  await apply('bystander');
  await provision('bystander');
  await untilCondition(api, web('bystander'), { type: 'Ready', status: 'True' });
  const { items } = await api.must(
    'GET',
    `${jobPath('shop')}?labelSelector=sessionstore.dev/store=web,sessionstore.dev/task=setup`,
  );
  expect(items).toEqual([]);
});

test('what was applied reads back without a difference: a second look writes nothing', async () => {
  const path = cronJobPath('shop', 'web-cleanup');
  const before = await api.must('GET', path);
  const asked = { metadata: { annotations: { unrelated: 'touch' } } };
  await api.merge(storePath('shop', 'web'), asked);
  await apply('second-look');
  await jobOf('second-look');
  const after = await api.must('GET', path);
  expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
});

test('a wrong password is Stalled, tried again, and mended without a change to the resource', async () => {
  await apply('password');
  const first = await jobOf('password');
  await endPodOf(
    api,
    'shop',
    first.metadata.name,
    76,
    failureResult('AuthenticationFailed', 'the password was refused'),
  );
  const stalled = await untilCondition(api, web('password'), {
    type: 'Stalled',
    status: 'True',
    reason: 'AuthenticationFailed',
  });
  expect(stalled.status?.conditions?.[0]?.message).toBe('the password was refused');
  await provision('password', 2);
  const ready = await untilCondition(api, web('password'), { type: 'Ready', status: 'True' });
  expect(ready.status?.conditions?.map(({ type }) => type)).not.toContain('Stalled');
});

test('a clean-up’s figures reach status', async () => {
  const cronJob = (await api.must('GET', cronJobPath('shop', 'web-cleanup'))) as CronJob & {
    spec: { jobTemplate: { spec: object; metadata: { labels: object } } };
  };
  const { jobTemplate } = cronJob.spec;
  const ownerReferences = [
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      name: 'web-cleanup',
      uid: cronJob.metadata.uid,
      controller: true,
    },
  ];
  const metadata = { name: 'web-cleanup-1', labels: jobTemplate.metadata.labels, ownerReferences };
  await api.must('POST', jobPath('shop'), { metadata, spec: jobTemplate.spec });
  await endPodOf(api, 'shop', 'web-cleanup-1', 0, { ...cleanupResult(), command: 'delete-old' });
  const { status } = await untilCondition(api, web('web'), {
    type: 'CleanedUp',
    status: 'True',
    reason: 'CleanedUp',
  });
  expect(status?.cleanup?.lastRun).toMatchObject({
    jobName: 'web-cleanup-1',
    deleted: 9000,
    remaining: 1000,
    outcome: 'Succeeded',
  });
});

test('events tell of each step once', async () => {
  const reasons = await until('the events', async () => {
    const { items } = await api.must('GET', '/apis/events.k8s.io/v1/namespaces/shop/events');
    const ofWeb = items.filter(
      ({ regarding }: { regarding: { kind: string; name: string } }) =>
        regarding.kind === kind && regarding.name === 'web',
    );
    const found = ofWeb.map(({ reason }: { reason: string }) => reason).sort();
    return found.includes('CleanedUp') && found;
  });
  expect(reasons).toEqual(['CleanedUp', 'Provisioned', 'Provisioning', 'Scheduled']);
});

test('what a deletion with --cascade=orphan left is taken back', async () => {
  await apply('orphan');
  await provision('orphan');
  const before = await untilCondition(api, web('orphan'), { type: 'Ready', status: 'True' });
  const path = cronJobPath('shop', 'orphan-cleanup');
  const cronJob = (await api.must('GET', path)) as CronJob;
  await api.must('DELETE', `${storePath('shop', 'orphan')}?propagationPolicy=Orphan`);
  await until(
    'the CronJob to be nobody’s',
    async () => !(await api.must('GET', path)).metadata.ownerReferences,
  );
  await until(
    'the store to be gone',
    async () => (await api.request('GET', storePath('shop', 'orphan'))).status === 404,
  );
  await apply('orphan');
  const after = await untilCondition(api, web('orphan'), { type: 'Ready', status: 'True' });
  expect(after.metadata.uid).not.toBe(before.metadata.uid);
  const taken = (await api.must('GET', path)) as CronJob;
  expect(taken.metadata.uid).toBe(cronJob.metadata.uid);
  expect(taken.metadata.ownerReferences?.[0]?.uid).toBe(after.metadata.uid);
});

test('probes and metrics answer', async () => {
  for (const path of ['/healthz', '/readyz']) expect((await fetch(operator.health + path)).status).toBe(200);
  const metrics = await (await fetch(operator.metrics)).text();
  expect(metrics).toContain('sessionstore_ready{namespace="shop",name="web"} 1');
  expect(metrics).toMatch(
    /controller_runtime_reconcile_total\{controller="sessionstore",result="success"\} [1-9]/,
  );
  expect(metrics).toMatch(/rest_client_requests_total\{code="201",method="POST"\} [1-9]/);
});

test('a quiet restart writes nothing', async () => {
  const versions = async () => {
    const lists = await Promise.all(
      [storePath('shop'), jobPath('shop'), cronJobPath('shop')].map((path) => api.must('GET', path)),
    );
    return lists.flatMap(({ items }) =>
      items.map(({ metadata }: Job) => [metadata.name, metadata.resourceVersion]),
    );
  };
  await api.must('DELETE', storePath('shop', 'second-look'));
  await until('its Jobs to be gone', async () => {
    const { items } = await api.must(
      'GET',
      `${jobPath('shop')}?labelSelector=sessionstore.dev/store=second-look`,
    );
    return items.length === 0;
  });
  await operator.stop();
  const before = await versions();
  operator = await startOperator(controlPlane.kubeconfig);
  await until('every store to be looked at', async () => {
    const metrics = await (await fetch(operator.metrics)).text();
    const looks =
      /controller_runtime_reconcile_total\{controller="sessionstore",result="(?:success|requeue_after)"\} (\d+)/g;
    return [...metrics.matchAll(looks)].reduce((sum, [, count]) => sum + Number(count), 0) >= 3;
  });
  expect(await versions()).toEqual(before);
});
