import { describe, expect, test } from 'vitest';
import { cleanupRequestAnnotation } from '../../src/api/group.ts';
import type { SessionStoreStatus } from '../../src/api/status.ts';
import { actionsOf } from '../../src/desired/actions.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import type { Observed } from '../../src/state/observed.ts';
import { requeueAt, statusOf } from '../../src/status/status-of.ts';
import {
  cleanupJob,
  cleanupResult,
  cronJob,
  finishedSetup,
  newCleanup,
  now,
  observed,
  postgresSpec,
  sessionStore,
  setupResult,
  shelveSpec,
  withSuspend,
} from '../builders.ts';
import { madeCronJob } from '../desired/made-cron-job.ts';

const requested = (
  value: string | undefined,
  status: SessionStoreStatus | undefined = undefined,
  spec = postgresSpec,
) =>
  sessionStore(spec, {
    ...(value !== undefined && { annotations: { [cleanupRequestAnnotation]: value } }),
    ...(status && { status }),
  });

const ready = (store = requested('now'), parts: Partial<Observed> = {}) =>
  deriveState(
    observed({
      store,
      setupJobs: [finishedSetup(store, setupResult())],
      cronJob: store.spec.cleanup ? madeCronJob(store) : cronJob(),
      ...parts,
    }),
  );

const creations = (state: ReturnType<typeof ready>) =>
  actionsOf(state).flatMap((action) => (action.kind === 'createJob' ? [action.job] : []));

const jobNamed = (name: string, of = newCleanup(sessionStore())) => ({
  ...of,
  job: { ...of.job, metadata: { ...of.job.metadata, name } },
});

describe('a clean-up that an annotation requests', () => {
  test('is a Job as kubectl makes it from the CronJob', () => {
    const [job, ...others] = creations(ready());
    expect(others).toEqual([]);
    const cronJob = madeCronJob(requested('now'));
    const { jobTemplate } = cronJob.spec as unknown as { jobTemplate: ReturnType<typeof newCleanup>['job'] };
    expect(job?.spec).toEqual(jobTemplate.spec);
    expect(job?.metadata).toEqual({
      name: expect.stringMatching(/^web-cleanup-r[0-9a-f]{8}$/),
      namespace: 'shop',
      labels: jobTemplate.metadata.labels,
      annotations: { ...jobTemplate.metadata.annotations, 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          name: 'web-cleanup',
          uid: cronJob.metadata.uid,
          controller: true,
          blockOwnerDeletion: false,
        },
      ],
    });
  });

  test('has a name within Kubernetes’ limit for the longest name of a store', () => {
    const store = sessionStore(postgresSpec, {
      name: 'x'.repeat(44),
      annotations: { [cleanupRequestAnnotation]: 'now' },
    });
    expect(ready(store).request?.jobName.length).toBeLessThanOrEqual(63);
  });

  test('has the same name until it is handled, and another for the same value later', () => {
    const first = ready().request?.jobName;
    expect(ready().request?.jobName).toBe(first);
    const handled = (value: string) => {
      const { cleanup, ...status } = statusOf(ready());
      if (!cleanup) throw new Error('Expected a status of clean-up');
      return { ...status, cleanup: { ...cleanup, lastHandledRequest: value } };
    };
    const again = ready(requested('now', handled('then'))).request?.jobName;
    expect(again).toMatch(/^web-cleanup-r/);
    expect(again).not.toBe(first);
    expect(ready(requested('now', handled('now'))).request).toBeUndefined();
  });

  test('has a name of its own even where earlier requests had the same values in the same order', () => {
    const jobs: ReturnType<typeof cleanupJob>[] = [];
    let status: SessionStoreStatus | undefined;
    for (const value of ['1', '2', '1', '2', '1', '2']) {
      const [job, ...others] = creations(ready(requested(value, status), { cleanupJobs: jobs }));
      expect(others).toEqual([]);
      jobs.push(cleanupJob(job?.metadata.name ?? '', cleanupResult()));
      status = statusOf(ready(requested(value, status), { cleanupJobs: jobs }));
      expect(status.cleanup?.lastHandledRequest).toBe(value);
    }
    expect(new Set(jobs.map(({ job }) => job.metadata.name)).size).toBe(6);
  });

  test('is acknowledged in status once its Job is there, and not created twice', () => {
    const name = ready().request?.jobName ?? '';
    const made = ready(requested('now'), { cleanupJobs: [jobNamed(name)] });
    expect(creations(made)).toEqual([]);
    expect(statusOf(made).cleanup).toMatchObject({ lastHandledRequest: 'now' });
    expect(statusOf(made).cleanup).not.toHaveProperty('pendingRequest');
    const later = ready(requested('now', statusOf(made)));
    expect(creations(later)).toEqual([]);
    expect(statusOf(later).cleanup).toMatchObject({ lastHandledRequest: 'now' });
  });

  test('is acknowledged where its Job has ended before anybody looked', () => {
    const name = ready().request?.jobName ?? '';
    const ended = ready(requested('now'), { cleanupJobs: [cleanupJob(name, cleanupResult())] });
    expect(statusOf(ended).cleanup).toMatchObject({
      lastHandledRequest: 'now',
      lastRun: { jobName: name, deleted: 9000 },
    });
  });

  test('is made again if its Job was deleted before it started', () => {
    const store = requested('now', undefined, shelveSpec);
    const name = ready(store).request?.jobName ?? '';
    const job = jobNamed(name, newCleanup(store));
    expect(job.job.spec.suspend).toBe(true);
    const waiting = ready(store, { cleanupJobs: [job] });
    expect(creations(waiting)).toEqual([]);
    expect(statusOf(waiting).cleanup).not.toHaveProperty('lastHandledRequest');
    expect(statusOf(waiting).cleanup?.pendingRequest).toBe(`Job ${name} has not started yet`);
    const started = ready(store, { cleanupJobs: [withSuspend(job, false)] });
    expect(statusOf(started).cleanup?.lastHandledRequest).toBe('now');
    expect(creations(ready(store))).toHaveLength(1);
  });

  test('is due soon after the CronJob was created, which came first', () => {
    expect(requeueAt(ready())).toEqual(now);
    expect(requeueAt(ready(sessionStore()))).not.toEqual(now);
  });
});

describe('a requested clean-up waits, and is not lost,', () => {
  test.each([
    ['for set-up', requested('now'), { setupJobs: [] }, 'waits for set-up'],
    ['for the CronJob', requested('now'), { cronJob: cronJob({}, 'other-uid') }, 'waits for the CronJob'],
    [
      'while the store is suspended',
      requested('now', undefined, { ...postgresSpec, suspend: true }),
      {},
      'spec.suspend: no clean-up starts',
    ],
    [
      'while clean-up is suspended',
      requested('now', undefined, { ...postgresSpec, cleanup: { suspend: true } }),
      {},
      'cleanup.suspend: no clean-up starts',
    ],
    [
      'while the schedule is not valid',
      requested('now', undefined, { ...postgresSpec, cleanup: { schedule: '61 * * * *' } }),
      {},
      'cleanup.schedule is not valid',
    ],
    [
      'until another run has ended, which may be about an older spec',
      requested('now'),
      { cleanupJobs: [newCleanup(sessionStore())] },
      'waits until Job web-cleanup-1 has ended',
    ],
  ] as const)('%s', (_why, store, parts, message) => {
    const state = ready(store, parts as Partial<Observed>);
    expect(creations(state).filter(({ metadata }) => metadata.name.includes('-cleanup-'))).toEqual([]);
    expect(statusOf(state).cleanup?.pendingRequest).toBe(message);
    expect(statusOf(state).cleanup).not.toHaveProperty('lastHandledRequest');
  });

  test('where the spec has no clean-up', () => {
    const { cleanup: _none, ...spec } = postgresSpec;
    expect(creations(ready(requested('now', undefined, spec)))).toEqual([]);
  });
});
