import { expect, test } from 'vitest';
import type { Job, Pod } from '../../src/api/kubernetes.ts';
import { timeZoneProblem, timeZones } from '../../src/api/time-zones.ts';
import { taskLabel } from '../../src/state/labels.ts';
import { scheduleOf } from '../../src/state/schedule.ts';
import { cronJobPath, jobPath, storePath, until } from '../api-client.ts';
import { postgresSpec } from '../builders.ts';
import { openPodOf, waitPodOf } from './kubelet.ts';
import { useLoop } from './loop.ts';
import { Namespace } from './namespace.ts';

const namespace = 'status';
/** How much later it is for the operator. */
let aheadMs = 0;

const loop = useLoop({
  namespaces: [namespace],
  controlPlane: { controllers: '*' },
  args: ['--retry-min=1', '--retry-max=2'],
  parts: { now: () => new Date(Date.now() + aheadMs) },
});
const stores = new Namespace(loop, namespace);

/** Why the API server refuses a CronJob of that schedule and zone; undefined where it takes it. */
async function refusalOf(schedule: string, timeZone: string): Promise<string | undefined> {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'none', image: 'none' }] } };
  const { status, body } = await loop.api.request('POST', `${cronJobPath(namespace)}?dryRun=All`, {
    metadata: { name: 'tried' },
    spec: { schedule, timeZone, jobTemplate: { spec: { template } } },
  });
  return status === 201 ? undefined : body.message;
}

/** The answers to all, some asked at a time: each request has its own time limit. */
async function answersTo<T, Answer>(
  questions: readonly T[],
  ask: (question: T) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (let from = 0; from < questions.length; from += 20)
    answers.push(...(await Promise.all(questions.slice(from, from + 20).map(ask))));
  return answers;
}

/** Those of the texts of which our answer is another than the API server's, each with both. */
async function disagreements(
  texts: readonly string[],
  ours: (text: string) => string | undefined,
  theirs: (text: string) => Promise<string | undefined>,
): Promise<readonly string[]> {
  const answer = async (text: string) => ({ text, ours: ours(text), theirs: await theirs(text) });
  return (await answersTo(texts, answer))
    .filter((one) => (one.ours === undefined) !== (one.theirs === undefined))
    .map((one) => `${one.text}: ${one.ours ?? one.theirs}`);
}

test('a time zone is taken where the API server takes it, and refused where it does not', async () => {
  const right = [...timeZones()];
  const wrong = ['PST', 'CST', 'IST', 'SystemV/PST8PDT', '+02:00', 'Local', 'local', 'GMT+2', 'Mars/Base'];
  // The API server reads names as paths of files: any other case is another file.
  const respelled = right.map((zone) => zone.toLowerCase()).filter((zone) => !timeZones().has(zone));
  const found = await disagreements(
    [...right, ...wrong, ...respelled],
    (zone) => timeZoneProblem('cleanup.timeZone', zone),
    (zone) => refusalOf('0 0 * * *', zone),
  );
  expect(found).toEqual([]);
  expect(right.length).toBeGreaterThan(590);
});

test('a schedule is taken where the API server takes it, and refused where it does not', async () => {
  const items = [
    '*',
    '?',
    '*/2',
    '?/3',
    '*/99',
    '*/0',
    '0',
    '3',
    '7',
    '12',
    '60',
    '3/5',
    '1-3',
    '1-5/2',
    '3-1',
  ];
  const odd = [
    'jan',
    'MON',
    'sun-tue',
    'x',
    'L',
    '1L',
    '1#2',
    '5W',
    '1,',
    '1,2,3',
    '-1',
    '1.5',
    '0x1',
    '1e1',
  ];
  const schedules = [...items, ...odd].flatMap((item) =>
    [0, 1, 2, 3, 4].map((at) => ['0', '0', '1', '1', '1'].with(at, item).join(' ')),
  );
  const found = await disagreements(
    schedules,
    (text) => {
      const schedule = scheduleOf(text, 'status', 'tried');
      return schedule.ok ? undefined : schedule.message;
    },
    (text) => refusalOf(text, 'Etc/UTC'),
  );
  // An empty item is a slip of the pen; the API server passes over it.
  expect(found.filter((text) => !/(^| )1,( |:)/.test(text))).toEqual([]);
  const resolved = schedules.flatMap((text) => {
    const schedule = scheduleOf(text, 'status', 'tried');
    return schedule.ok ? [schedule.cron] : [];
  });
  const refused = await answersTo(resolved, (cron) => refusalOf(cron, 'Etc/UTC'));
  expect(refused.filter((answer) => answer !== undefined)).toEqual([]);
});

test('a clean-up whose node died is said not to end: Kubernetes itself never ends its Job', async () => {
  // No scheduled run comes between.
  const cleanup = { expiredFor: '10m', schedule: '0 0 1 1 *' };
  await stores.apply('dead-node', { ...postgresSpec, cleanup });
  await stores.provision('dead-node');
  await loop.api.must('POST', '/api/v1/nodes', { metadata: { name: 'dead' } });
  await stores.startCleanup('dead-node', 'stuck', (spec) => {
    const template = spec['template'] as { spec: object };
    // A pod of that node: no kubelet ever says that it is gone.
    const stuck = { ...template, spec: { ...template.spec, nodeName: 'dead' } };
    return { ...spec, activeDeadlineSeconds: 1, template: stuck };
  });
  const pod = await until('the pod to be told to go', async () => {
    const { items } = await loop.api.must(
      'GET',
      `/api/v1/namespaces/${namespace}/pods?labelSelector=job-name=stuck`,
    );
    return (items as Pod[]).find(({ metadata }) => metadata.deletionTimestamp);
  });
  // The pod is told before the Job says so.
  const conditions = await until('the Job to be ended', async () => {
    const { status } = (await loop.api.must('GET', jobPath(namespace, 'stuck'))) as Job;
    return status?.conditions;
  });
  expect(conditions.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
    'FailureTarget DeadlineExceeded',
  ]);
  // The operator reconciles again when a client changes the store, six minutes later.
  aheadMs = 6 * 60_000;
  await stores.change('dead-node', { metadata: { annotations: { touched: 'now' } } });
  const notEnding = { type: 'CleanedUp', status: 'False', reason: 'JobNotEnding' };
  const late = await stores.untilCondition('dead-node', notEnding);
  const condition = late.status?.conditions?.find(({ type }) => type === 'CleanedUp');
  expect(condition?.message).toContain(`its pod ${pod.metadata.name} on node dead should have been gone by`);
  aheadMs = 0;
});

test.each([
  ['attached', 'FailedAttachVolume', 'Multi-Attach error for volume "store"'],
  ['mounted', 'FailedMount', 'MountVolume.SetUp failed for volume "store"'],
  ['sandboxed', 'FailedCreatePodSandBox', 'failed to assign an IP address to container'],
])('a pod that is not %s shows with the sentence of its event', async (store, reason, message) => {
  await stores.apply(store);
  const { name } = (await stores.setupJob(store)).metadata;
  await waitPodOf(loop.api, namespace, name, 'ContainerCreating');
  const { metadata } = await openPodOf(loop.api, namespace, name);
  await loop.api.must('POST', `/api/v1/namespaces/${namespace}/events`, {
    metadata: { generateName: `${store}-` },
    involvedObject: { kind: 'Pod', namespace, name: metadata.name, uid: metadata.uid },
    ...{ type: 'Warning', reason, message },
  });
  const waits = await stores.untilCondition(store, {
    type: 'Ready',
    status: 'False',
    reason: 'PodNotStarting',
  });
  const ready = waits.status?.conditions?.find(({ type }) => type === 'Ready');
  expect(ready?.message).toBe(message);
});

test('a quota on Jobs shows with its sentence at the first run that it refuses, and passes', async () => {
  const everyMinute = { ...postgresSpec, cleanup: { expiredFor: '10m', schedule: '* * * * *' } };
  await stores.apply('quota', everyMinute);
  await stores.setupJob('quota');
  // Before there is a CronJob, or a run of a minute that ends meanwhile would pass.
  const quotas = `/api/v1/namespaces/${namespace}/resourcequotas`;
  await loop.api.must('POST', quotas, {
    metadata: { name: 'no-jobs' },
    spec: { hard: { 'count/jobs.batch': '0' } },
  });
  await until('the quota to be enforced', async () => {
    const containers = [{ name: 'none', image: 'none' }];
    const job = {
      metadata: { name: 'tried' },
      spec: { template: { spec: { restartPolicy: 'Never', containers } } },
    };
    const { body } = await loop.api.request('POST', `${jobPath(namespace)}?dryRun=All`, job);
    return /exceeded quota/.test(body.message);
  });
  await stores.provision('quota');
  const cronJob = await stores.cronJob('quota');
  // As if it had last run a while ago: the run of this minute is due.
  const lastScheduleTime = new Date(Date.now() - 5 * 60_000).toISOString().replace(/\.\d+Z/, 'Z');
  const path = cronJobPath(namespace, cronJob.metadata.name);
  await loop.api.merge(`${path}/status`, { status: { lastScheduleTime } });
  const refused = await stores.untilCondition('quota', {
    type: 'CleanedUp',
    status: 'False',
    reason: 'JobRefused',
  });
  const condition = (type: string) =>
    refused.status?.conditions?.find((candidate) => candidate.type === type);
  expect(condition('CleanedUp')?.message).toContain('exceeded quota: no-jobs');
  expect(condition('Ready')?.status).toBe('True');
  await loop.api.must('DELETE', `${quotas}/no-jobs`);
  await until('another word than the quota’s', async () => {
    const { status } = await loop.api.must('GET', storePath(namespace, 'quota'));
    const { reason } = status.conditions.find(({ type }: { type: string }) => type === 'CleanedUp');
    return reason !== 'JobRefused';
  });
  const { items } = await loop.api.must(
    'GET',
    `${jobPath(namespace)}?labelSelector=sessionstore.dev/store=quota,${taskLabel}=cleanup`,
  );
  expect(items).toHaveLength(1);
});
