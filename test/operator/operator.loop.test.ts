import { expect, test } from 'vitest';
import { kind } from '../../src/api/group.ts';
import type { CronJob, Job } from '../../src/api/kubernetes.ts';
import { taskLabel } from '../../src/state/labels.ts';
import { cronJobPath, jobPath, storePath, until } from '../api-client.ts';
import { cleanupResult, failureResult } from '../builders.ts';
import { useLoop } from './loop.ts';
import { Namespace } from './namespace.ts';

const loop = useLoop({ namespaces: ['shop'], args: ['--retry-min=1', '--retry-max=2'] });
const shop = new Namespace(loop, 'shop');

test('a manifest becomes a Job, its result becomes status, and a CronJob follows', async () => {
  await shop.apply('web');
  const reconciling = await shop.untilCondition('web', {
    type: 'Ready',
    status: 'Unknown',
    reason: 'Provisioning',
  });
  expect(reconciling.status?.conditions?.map(({ type }) => type)).toContain('Reconciling');
  const ready = await shop.provision('web');
  expect(ready.status?.observedGeneration).toBe(1);
  expect(ready.status?.setup).toMatchObject({ outcome: 'Created', marked: true });
  const cronJob = await shop.cronJob('web');
  expect(cronJob.spec).toMatchObject({
    schedule: '17 * * * *',
    timeZone: 'Etc/UTC',
    concurrencyPolicy: 'Forbid',
  });
});

test('a finished set-up Job gets its time to live once its result stands in status', async () => {
  const job = await until('the TTL', async () => {
    const current = await shop.setupJob('web');
    return current.spec.ttlSecondsAfterFinished === 3600 && current;
  });
  await loop.api.must('DELETE', `${jobPath('shop', job.metadata.name)}?propagationPolicy=Background`);
  // Another store's way to Ready is time enough for a second Job to show.
  await shop.apply('bystander');
  await shop.provision('bystander');
  expect(await shop.setupJobs('web')).toEqual([]);
});

test('applied objects read back without a difference: a second reconcile makes no writes', async () => {
  const path = cronJobPath('shop', 'web-cleanup');
  const before = await loop.api.must('GET', path);
  const asked = { metadata: { annotations: { unrelated: 'touch' } } };
  await loop.api.merge(storePath('shop', 'web'), asked);
  await shop.apply('second-look');
  await shop.setupJob('second-look');
  // The change of web came before the new store, so its reconcile is over once no key waits or is worked on.
  await until('every reconcile to be over', async () => {
    const metrics = await (await fetch(loop.operator.metrics)).text();
    const busy = /^(?:workqueue_depth|controller_runtime_active_workers)\{[^}]*\} (\d+)$/gm;
    const counts = [...metrics.matchAll(busy)].map(([, count]) => count);
    return counts.length === 2 && counts.every((count) => count === '0');
  });
  const after = await loop.api.must('GET', path);
  expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
});

test('a wrong password is Stalled, tried again, and mended without a change to the resource', async () => {
  await shop.apply('password');
  const first = await shop.setupJob('password');
  const refused = failureResult('AuthenticationFailed', 'the password was refused');
  await shop.endPodOf(first.metadata.name, refused, 76);
  const stalled = await shop.untilCondition('password', {
    type: 'Stalled',
    status: 'True',
    reason: 'AuthenticationFailed',
  });
  expect(stalled.status?.conditions?.[0]?.message).toBe('the password was refused');
  const ready = await shop.provision('password', 2);
  expect(ready.status?.conditions?.map(({ type }) => type)).not.toContain('Stalled');
});

test('a clean-up’s figures reach status', async () => {
  await shop.startCleanup('web', 'web-cleanup-1');
  await shop.endPodOf('web-cleanup-1', cleanupResult());
  const { status } = await shop.untilCondition('web', {
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

test('each step has one event', async () => {
  const reasons = await until('the events', async () => {
    const { items } = await loop.api.must('GET', '/apis/events.k8s.io/v1/namespaces/shop/events');
    const ofWeb = items.filter(
      ({ regarding }: { regarding: { kind: string; name: string } }) =>
        regarding.kind === kind && regarding.name === 'web',
    );
    const found = ofWeb.map(({ reason }: { reason: string }) => reason).sort();
    return found.includes('CleanedUp') && found;
  });
  expect(reasons).toEqual(['CleanedUp', 'Provisioned', 'Provisioning', 'Scheduled']);
});

test('objects that a deletion with --cascade=orphan left are taken back', async () => {
  await shop.apply('orphan');
  const before = await shop.provision('orphan');
  const path = cronJobPath('shop', 'orphan-cleanup');
  const cronJob = (await loop.api.must('GET', path)) as CronJob;
  await loop.api.must('DELETE', `${storePath('shop', 'orphan')}?propagationPolicy=Orphan`);
  await until(
    'the CronJob to be nobody’s',
    async () => !(await loop.api.must('GET', path)).metadata.ownerReferences,
  );
  await shop.untilGone(storePath('shop', 'orphan'));
  await shop.apply('orphan');
  const after = await shop.untilReady('orphan');
  expect(after.metadata.uid).not.toBe(before.metadata.uid);
  const taken = (await loop.api.must('GET', path)) as CronJob;
  expect(taken.metadata.uid).toBe(cronJob.metadata.uid);
  expect(taken.metadata.ownerReferences?.[0]?.uid).toBe(after.metadata.uid);
});

test('probes and metrics answer', async () => {
  for (const path of ['/healthz', '/readyz'])
    expect((await fetch(loop.operator.health + path)).status).toBe(200);
  const metrics = await (await fetch(loop.operator.metrics)).text();
  expect(metrics).toContain('sessionstore_ready{namespace="shop",name="web"} 1');
  expect(metrics).toMatch(
    /controller_runtime_reconcile_total\{controller="sessionstore",result="success"\} [1-9]/,
  );
  expect(metrics).toMatch(/rest_client_requests_total\{code="201",method="POST"\} [1-9]/);
});

test('a quiet restart writes nothing', async () => {
  const versions = async () => {
    const lists = await Promise.all(
      [storePath('shop'), jobPath('shop'), cronJobPath('shop')].map((path) => loop.api.must('GET', path)),
    );
    return lists.flatMap(({ items }) =>
      items.map(({ metadata }: Job) => [metadata.name, metadata.resourceVersion]),
    );
  };
  await loop.api.must('DELETE', storePath('shop', 'second-look'));
  await until('its Jobs to be gone', async () => {
    const { items } = await loop.api.must(
      'GET',
      `${jobPath('shop')}?labelSelector=sessionstore.dev/store=second-look`,
    );
    return items.length === 0;
  });
  await until('the last write, which limits the time that a finished set-up Job stays', async () => {
    const { items } = await loop.api.must('GET', `${jobPath('shop')}?labelSelector=${taskLabel}=setup`);
    // The Job of an attempt that failed goes a minute after its end, which may come in the middle of this test.
    for (const { metadata, spec } of items as Job[])
      if (spec.ttlSecondsAfterFinished === 60)
        await loop.api.request('DELETE', `${jobPath('shop', metadata.name)}?propagationPolicy=Background`);
    return items.every(({ spec }: Job) => spec.ttlSecondsAfterFinished === 3600);
  });
  await loop.operator.stop();
  const before = await versions();
  await loop.restartOperator([]);
  await until('every store to be looked at', async () => {
    const metrics = await (await fetch(loop.operator.metrics)).text();
    const looks =
      /controller_runtime_reconcile_total\{controller="sessionstore",result="(?:success|requeue_after)"\} (\d+)/g;
    return [...metrics.matchAll(looks)].reduce((sum, [, count]) => sum + Number(count), 0) >= 3;
  });
  expect(await versions()).toEqual(before);
});
