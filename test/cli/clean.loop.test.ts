import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { kubectl } from '../../scripts/cluster/kubectl.ts';
import type { Job } from '../../src/api/kubernetes.ts';
import { manualJob } from '../../src/cli/clean/manual-job.ts';
import { dryRunAnnotation } from '../../src/state/labels.ts';
import { jobPath, until } from '../api-client.ts';
import { cleanupResult, failureResult } from '../builders.ts';
import { runPodOf } from '../operator/kubelet.ts';
import { useCleaning } from './cleaning.ts';

const namespace = 'clean';
const { loop, stores, clean, readyStore, jobs, activeJob } = useCleaning(namespace);

/** Ctrl+C, for a command that a test drives. */
function pressing() {
  const signals = new EventEmitter();
  const { promise: isFollowing, resolve } = Promise.withResolvers<void>();
  return {
    options: { signals, onWrite: (text: string) => /waits|runs/.test(text) && resolve() },
    isFollowing,
    press: () => signals.emit('SIGINT'),
  };
}

/** The parts of a Job that its maker decides, with the uid of the Job left out where Kubernetes repeats it. */
const comparable = ({ metadata, spec }: Job): unknown => {
  const { labels, annotations, ownerReferences } = metadata;
  return JSON.parse(
    JSON.stringify({ labels, annotations, ownerReferences, spec }).replaceAll(metadata.uid, 'uid'),
  );
};

test('a run is the Job that kubectl makes from the CronJob, and ends with its figures and exit code 0', async () => {
  await readyStore('shop');
  const cronJob = await stores.cronJob('shop');
  const from = ['create', 'job', 'by-hand', '--from=cronjob/shop-cleanup', '-n', namespace];
  const theirs = JSON.parse(await kubectl(loop.kubeconfig, ...from, '--dry-run=server', '-o', 'json'));
  const body = manualJob(cronJob, { name: 'by-hand', dryRun: false });
  const ours = await loop.api.must('POST', `${jobPath(namespace)}?dryRun=All`, body);
  expect(comparable(ours)).toEqual(comparable(theirs));
  const { options, isFollowing } = pressing();
  const running = clean(['shop', '-o', 'json'], options);
  const { metadata: job } = await activeJob('shop');
  await runPodOf(loop.api, namespace, job.name);
  // Its line comes at the board's next turn.
  await isFollowing;
  await stores.endPodOf(job.name, cleanupResult({ deleted: 1234 }));
  const { exitCode, stdout, stderr } = await running;
  expect(JSON.parse(stdout)).toMatchObject({
    store: 'shop',
    jobName: job.name,
    outcome: 'Succeeded',
    deleted: 1234,
  });
  expect(stderr).toMatch(/^shop: (waits for|runs)/m);
  expect(exitCode).toBe(0);
  const status = await stores.untilCondition('shop', { type: 'CleanedUp', status: 'True' });
  expect(status.status?.cleanup?.lastRun?.jobName).toBe(job.name);
});

test('several stores are cleaned at a time; a run that failed, and one that did not see everything, make exit code 1', async () => {
  await Promise.all(['one', 'two'].map((name) => readyStore(name)));
  const running = clean(['one', 'two'], { columns: 80 });
  await stores.endPodOf(
    (await activeJob('one')).metadata.name,
    failureResult('PermissionDenied', 'no DELETE'),
    77,
  );
  await stores.endPodOf((await activeJob('two')).metadata.name, cleanupResult({ complete: false }));
  const { exitCode, stdout, stderr } = await running;
  expect(exitCode).toBe(1);
  expect(stdout).toContain('one: the run failed: PermissionDenied: no DELETE');
  expect(stdout).toMatch(/two: incomplete: deleted 9,000 sessions/);
  const drawn = stripVTControlCharacters(stderr).split(/[\n\r]/);
  expect(Math.max(...drawn.map((line) => line.length))).toBeLessThan(80);
});

test('a dry run changes one argument of its Job, and status stays as it was', async () => {
  await readyStore('counted');
  const before = (await stores.untilReady('counted')).status;
  const running = clean(['counted', '--dry-run']);
  const job = await activeJob('counted');
  expect(job.metadata.annotations?.[dryRunAnnotation]).toBe('true');
  expect(JSON.stringify(job.spec)).toContain(String.raw`\"dryRun\":true`);
  await stores.endPodOf(job.metadata.name, cleanupResult({ deleted: 0, overdue: 70, dryRun: true }));
  const { exitCode, stdout } = await running;
  expect(stdout).toContain('counted: dry run: 70 would be deleted');
  expect(exitCode).toBe(0);
  // The run after it is recorded, so the operator has seen both.
  await stores.startCleanup('counted', 'next');
  await stores.endPodOf('next', cleanupResult());
  const after = await stores.untilCondition('counted', { type: 'CleanedUp', status: 'True' });
  expect(before?.cleanup?.lastRun).toBeUndefined();
  expect(after.status?.cleanup?.lastRun?.jobName).toBe('next');
});

test('a run that goes on is followed, and left alone when a pipe is interrupted', async () => {
  await readyStore('busy');
  await stores.startCleanup('busy', 'busy-scheduled');
  const person = pressing();
  const running = clean(['busy'], person.options);
  await person.isFollowing;
  person.press();
  const { exitCode, stderr } = await running;
  expect(exitCode).toBe(130);
  expect(stderr).toContain('busy: a run goes on since');
  expect(stderr).toContain(
    'Job busy-scheduled goes on in the cluster; sessionstore clean busy follows it again',
  );
  expect((await jobs('busy')).map(({ metadata }) => metadata.name)).toEqual(['busy-scheduled']);
});

test('a run that began with another spec is not followed: one of the spec as it is now starts', async () => {
  await readyStore('changed');
  await stores.startCleanup('changed', 'changed-scheduled');
  await stores.change('changed', { spec: { cleanup: { expiredFor: '20m' } } });
  await until('the CronJob to follow', async () =>
    JSON.stringify((await stores.cronJob('changed')).spec).includes('20m'),
  );
  const running = clean(['changed']);
  const job = await until('a second run', async () =>
    (await jobs('changed')).find(({ metadata }) => metadata.name !== 'changed-scheduled'),
  );
  await stores.endPodOf(job.metadata.name, cleanupResult({ deleted: 3 }));
  expect(await running).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('deleted 3 sessions') });
});

test('on a terminal Ctrl+C asks: yes deletes the Job, and a second Ctrl+C leaves it running', async () => {
  await readyStore('asked');
  const asked = async (answer: (keyboard: PassThrough, press: () => void) => void) => {
    const keyboard = new PassThrough();
    const person = pressing();
    let isAsked = false;
    const onWrite = (text: string) => {
      person.options.onWrite(text);
      if (isAsked || !text.includes('Stop the run of asked? [y/N]')) return;
      isAsked = true;
      setImmediate(() => answer(keyboard, person.press));
    };
    const running = clean(['asked'], { ...person.options, onWrite, keyboard, columns: 80 });
    await person.isFollowing;
    person.press();
    return running;
  };
  const left = await asked((_keyboard, press) => press());
  expect(left).toMatchObject({ exitCode: 130, stderr: expect.stringContaining('goes on in the cluster') });
  expect(await jobs('asked')).toHaveLength(1);
  const stopped = await asked((keyboard) => keyboard.write('y\n'));
  expect(stopped).toMatchObject({ exitCode: 130, stderr: expect.stringContaining('is deleted') });
  await until('the Job to be gone', async () => (await jobs('asked')).length === 0);
});

test('a run that waits says why, in its line', async () => {
  await readyStore('waiting');
  let told = '';
  const person = pressing();
  const running = clean(['waiting'], {
    ...person.options,
    columns: 200,
    onWrite: (text) => {
      told = text;
    },
  });
  const { metadata } = await activeJob('waiting');
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const pod = await until('the pod', async () => {
    const { items } = await loop.api.must(
      'GET',
      `${pods}?labelSelector=batch.kubernetes.io/job-name=${metadata.name}`,
    );
    return items[0];
  });
  const waiting = { reason: 'ImagePullBackOff', message: 'no such image' };
  const containerStatuses = [
    { name: 'runner', image: 'x', imageID: '', ready: false, restartCount: 0, state: { waiting } },
  ];
  await loop.api.merge(`${pods}/${pod.metadata.name}/status`, { status: { containerStatuses } });
  await until('the line', async () =>
    told.includes('waits ImagePullFailed: ImagePullBackOff: no such image'),
  );
  person.press();
  expect((await running).exitCode).toBe(130);
});

test('without the operator a clean-up works as well, as its CronJob is there', async () => {
  await readyStore('alone');
  await loop.operator.stop();
  const running = clean(['alone']);
  await stores.endPodOf((await activeJob('alone')).metadata.name, cleanupResult({ deleted: 5 }));
  expect(await running).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('alone: deleted 5 sessions'),
  });
});

test('a CronJob that is still of another spec starts no run: it would delete by an age that no longer holds', async () => {
  await loop.restartOperator();
  await readyStore('stale');
  await loop.operator.stop();
  await stores.change('stale', { spec: { cleanup: { expiredFor: '30d' } } });
  const before = (await jobs('stale')).length;
  expect(await clean(['stale'])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('CronJob stale-cleanup does not match the spec'),
  });
  expect(await jobs('stale')).toHaveLength(before);
});
