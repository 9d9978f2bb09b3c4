import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { CronJob } from '../../src/api/kubernetes.ts';
import type { SessionStoreResource } from '../../src/api/session-store-resource.ts';
import type { SessionStoreStatus } from '../../src/api/status.ts';
import type { StatusEvent } from '../../src/api/status-event.ts';
import { ApiError } from '../../src/kube/api-error.ts';
import { projectCronJob } from '../../src/kube/projection.ts';
import { projectStore } from '../../src/kube/store-projection.ts';
import type { Writer } from '../../src/kube/writer.ts';
import { Contests } from '../../src/operator/contests.ts';
import { reconcile } from '../../src/operator/reconcile.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import { taskLabel } from '../../src/state/labels.ts';
import { statusOf } from '../../src/status/status-of.ts';
import {
  activeSetup,
  cleanupJob,
  cleanupResult,
  cronJob,
  finishedSetup,
  newCleanup,
  now,
  observed,
  options,
  postgresSpec,
  sessionStore,
  setupResult,
  shelveSpec,
} from '../builders.ts';
import { madeCronJob } from '../desired/made-cron-job.ts';
import { reconcileContext, type There } from './reconcile-context.ts';

const done = finishedSetup(sessionStore(), setupResult());
const { pythonRunnerImage: _none, ...withoutPython } = options;
const refusal = new ApiError(403, 'Forbidden', 'exceeded quota: jobs');

let writes: string[];
let events: StatusEvent[];
let contests: Contests;
let written: SessionStoreStatus | undefined;
/** The API server's response to each write. */
let answers: Readonly<Record<string, () => void>>;

beforeEach(() => {
  [writes, events, answers, written] = [[], [], {}, undefined];
  contests = new Contests();
});

const writer = new Proxy(
  {
    emit: (_store: unknown, event: StatusEvent) => events.push(event),
    writeStatus: async (_store: unknown, status: SessionStoreStatus) => {
      written = status;
    },
  } as Record<string, unknown>,
  {
    get: (known, name: string) =>
      known[name] ??
      (async () => {
        writes.push(name);
        answers[name]?.();
      }),
  },
) as unknown as Writer;

const contextOf = (store: SessionStoreResource, there: There, failures = 0) =>
  reconcileContext(store, there, { writer, contests, failures });

const key = { namespace: 'shop', name: 'web' };
const healthy = statusOf(deriveState(observed({ setupJobs: [done], cronJob: cronJob() })));

function drifted(): CronJob {
  const made = madeCronJob();
  return {
    ...made,
    metadata: { ...made.metadata, generation: 1 },
    spec: { ...made.spec, schedule: '5 * * * *' },
  };
}

test('a correction is reported; one that admission undoes is never reported', async () => {
  const there = { cronJob: drifted() };
  const context = contextOf(sessionStore(postgresSpec, { status: healthy }), there);
  await reconcile(key, context);
  expect(writes).toEqual(['applyCronJob']);
  expect(events).toEqual([]);
  answers = {
    applyCronJob: () => {
      there.cronJob = { ...there.cronJob, metadata: { ...there.cronJob.metadata, resourceVersion: '2' } };
    },
  };
  await reconcile(key, context);
  expect(events).toMatchObject([{ reason: 'Corrected' }]);
});

test('a store is read again after a write, and not if every write is delayed', async () => {
  const context = contextOf(sessionStore(postgresSpec, { status: healthy }), { cronJob: drifted() });
  const reads = vi.spyOn(context.caches, 'sessionStore');
  await reconcile(key, context);
  expect([writes, reads.mock.calls.length]).toEqual([['applyCronJob'], 2]);
  const correction = { object: 'CronJob web-cleanup', limits: 'child', task: 'cleanup' } as const;
  while (contests.waitMs(sessionStore(), correction, now) === 0)
    contests.recordWrite(sessionStore(), correction, now, 'applyCronJob');
  await reconcile(key, context);
  expect([writes, reads.mock.calls.length]).toEqual([['applyCronJob'], 3]);
  expect(conditionOf('CleanupScheduled')?.reason).toBe('Contested');
});

const suspended = { ...postgresSpec.cleanup, suspend: true };
const renewed = {
  backend: { postgres: { connection: { secretName: 'renewed' } } },
  layout: 'connect-pg-simple',
  cleanup: { ...suspended, schedule: '5 * * * *' },
};
const stored = sessionStore(renewed, { status: healthy, generation: 2 });
const running = () => ({ cronJob: drifted(), jobs: [newCleanup(sessionStore()).job] });
const conditionOf = (type: string) => written?.conditions?.find((condition) => condition.type === type);

/** The API server's response to all writes except the named ones. */
const answersBut = (error: unknown, ...spared: readonly string[]) =>
  new Proxy({} as typeof answers, {
    get: (_none, name: string) => () => {
      if (!spared.includes(name)) throw error;
    },
  });

const everyWrite = ['suspendCronJob', 'suspendJob', 'createJob', 'applyCronJob'];

describe('of the writes of a round', () => {
  test.each([
    ['refused', refusal],
    ['refused in an unexpected way', new ApiError(418, 'Teapot', 'I am a teapot')],
    ['not answered for', new ApiError(500, 'InternalError', 'failed calling webhook')],
    ['overtaken', new ApiError(409, 'Conflict', 'the object has been modified')],
    ['lost with the connection', new TypeError('fetch failed')],
  ])('each is made though every other is %s, suspension first', async (_what, error) => {
    answers = answersBut(error);
    await reconcile(key, contextOf(stored, running()));
    expect(writes).toEqual(everyWrite);
    expect(written?.cleanup).toBeDefined();
  });

  test('a refused write becomes a condition at once, with the attempted write and the server’s message', async () => {
    answers = answersBut(refusal, 'suspendCronJob', 'suspendJob');
    expect(await reconcile(key, contextOf(stored, running()))).toEqual({ kind: 'requeueAfter', ms: 60_000 });
    expect(written?.observedGeneration).toBe(2);
    expect(conditionOf('Stalled')).toMatchObject({ status: 'True', reason: 'ApiError' });
    expect(conditionOf('Provisioned')?.message).toMatch(/^Job web-setup-.*: could not create it: exceeded/);
    expect(conditionOf('CleanupScheduled')?.message).toBe(
      'CronJob web-cleanup: could not apply it: exceeded quota: jobs',
    );
  });

  test('an error that may pass is retried soon, and becomes a condition if it lasts', async () => {
    const error = new ApiError(500, 'InternalError', 'failed calling webhook "w"');
    answers = answersBut(error);
    expect(await reconcile(key, contextOf(stored, running()))).toEqual({ kind: 'retry', error });
    expect(written?.observedGeneration).toBe(1);
    expect(written?.conditions).toEqual(healthy.conditions);
    expect(await reconcile(key, contextOf(stored, running(), 10))).toEqual({ kind: 'retry', error });
    expect(written?.observedGeneration).toBe(2);
    expect(conditionOf('Ready')).toMatchObject({ status: 'False', reason: 'ApiError' });
    expect(conditionOf('CleanupScheduled')?.message).toContain(
      'could not suspend it: failed calling webhook',
    );
  });

  test('a run that ends meanwhile is recorded', async () => {
    answers = answersBut(new TypeError('fetch failed'));
    const { job } = cleanupJob('web-cleanup-1', undefined, 77);
    const labels = newCleanup(stored).job.metadata.labels ?? {};
    const ended = { ...job, metadata: { ...job.metadata, labels } };
    await reconcile(key, contextOf(stored, { cronJob: drifted(), jobs: [ended] }));
    expect(written?.cleanup?.lastRun).toMatchObject({ jobName: 'web-cleanup-1', outcome: 'Failed' });
  });
});

test('a requested clean-up does not acknowledge a requested set-up', async () => {
  const annotations = {
    'sessionstore.dev/reconcile-requested-at': 'a',
    'sessionstore.dev/cleanup-requested-at': 'b',
  };
  const store = sessionStore(postgresSpec, { status: healthy, annotations });
  const { job } = activeSetup(store, [], 2);
  const context = contextOf(store, { cronJob: madeCronJob(store) });
  const jobsOwnedBy = (uid: string) => (uid === 'store-uid' ? [job] : []);
  await reconcile(key, { ...context, caches: { ...context.caches, jobsOwnedBy } });
  expect(writes).toEqual(['createJob']);
  expect(written ?? {}).not.toHaveProperty('lastHandledRequest');
});

test('pods that cannot be listed keep a Job waiting, and nothing else', async () => {
  const status = statusOf(deriveState(observed({ store: sessionStore(shelveSpec) })));
  const store = sessionStore(shelveSpec, { status });
  const { job } = newCleanup(store);
  const waiting = {
    ...job,
    metadata: {
      ...job.metadata,
      annotations: { 'sessionstore.dev/alone-on-claim': 'wiki', 'sessionstore.dev/held': 'true' },
    },
    spec: { ...job.spec, suspend: true },
  };
  const template = { metadata: {}, spec: { template: { spec: {} } } };
  const shelfCleaner = cronJob({ jobTemplate: template });
  const context = {
    ...contextOf(store, { cronJob: shelfCleaner, jobs: [waiting] }),
    unfinishedPods: () => Promise.reject(new ApiError(403, 'Forbidden', 'pods is forbidden')),
  };
  expect(await reconcile(key, context)).toEqual({ kind: 'requeueAfter', ms: 60_000 });
  expect(writes).toContain('createJob');
  expect(conditionOf('CleanupScheduled')?.message).toBe(
    'could not list the pods that mount claim wiki: pods is forbidden',
  );
});

test('a store that this operator has no image for can be suspended all the same', async () => {
  const store = sessionStore({ ...shelveSpec, suspend: true }, { status: healthy });
  const context = { ...contextOf(store, { cronJob: cronJob() }), options: withoutPython };
  await reconcile(key, context);
  expect(writes).toEqual(['suspendCronJob']);
  expect(written?.conditions?.map(({ reason }) => reason)).toEqual(['NoRunnerImage', 'NoRunnerImage']);
});

test('a run that ends while the operator cannot work with the store is counted once', async () => {
  const runs: string[] = [];
  const before = statusOf(deriveState(observed({ store: sessionStore(shelveSpec), cronJob: cronJob() })));
  const { job: ended } = cleanupJob('run-1', cleanupResult());
  const job = { ...ended, metadata: { ...ended.metadata, labels: { [taskLabel]: 'cleanup' } } };
  const context = (status: SessionStoreStatus | undefined) => ({
    ...contextOf(sessionStore(shelveSpec, status && { status }), { cronJob: cronJob(), jobs: [job] }),
    options: withoutPython,
    onRun: (_store: unknown, run: { readonly jobName: string }) => runs.push(run.jobName),
  });
  await reconcile(key, context(before));
  expect(written?.conditions?.map(({ reason }) => reason)).toEqual(['NoRunnerImage', 'NoRunnerImage']);
  await reconcile(key, context(written));
  expect(runs).toEqual(['run-1']);
});

test('a suspension that the API server refuses is reported beside a preflight problem', async () => {
  answers = answersBut(new ApiError(403, 'Forbidden', 'policy says no'));
  const store = sessionStore({ ...shelveSpec, suspend: true }, { status: healthy });
  const context = { ...contextOf(store, { cronJob: cronJob() }), options: withoutPython };
  expect(await reconcile(key, context)).toEqual({ kind: 'requeueAfter', ms: 60_000 });
  expect(conditionOf('Ready')?.message).toContain('could not suspend it: policy says no');
});

describe('a store and a CronJob that the caches keep in part', () => {
  const labels = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`l${i}`, 'x'.repeat(63)]));
  const pod = { labels, nodeSelector: labels, tolerations: [{ key: 'k', operator: 'Exists' as const }] };
  const demanded = {
    labels: Object.fromEntries(Object.keys(labels).map((key) => [`p/${key}`, 'x'.repeat(63)])),
  };
  const large = sessionStore({ ...postgresSpec, pod, childMetadata: demanded }, { status: healthy });
  const made = madeCronJob(large);
  const inPart = (store: SessionStoreResource) => ({
    ...contextOf(projectStore(store), { cronJob: projectCronJob(made) }),
    apiReader: { sessionStore: async () => store, cronJob: async () => made },
  });

  test('are kept so', () => {
    expect(projectStore(large).isShortened).toBe(true);
    expect(projectCronJob(made).isShortened).toBe(true);
  });

  test('are read from the API server for each decision', async () => {
    const status = statusOf(deriveState(observed({ store: large, setupJobs: [done], cronJob: made })));
    await reconcile(key, inPart({ ...large, status }));
    expect([writes, written]).toEqual([[], undefined]);
  });

  test('are suspended even where they cannot be read', async () => {
    const store = { ...large, spec: { ...large.spec, suspend: true } };
    const fails = () => Promise.reject(new ApiError(500, 'InternalError', 'no'));
    const context = { ...inPart(store), apiReader: { sessionStore: fails, cronJob: fails } };
    await expect(reconcile(key, context)).rejects.toThrow('no');
    expect(writes).toEqual(['suspendCronJob']);
  });

  test('are left alone where the store is gone, or another one has come', async () => {
    const other = sessionStore(large.spec, { uid: 'another' });
    for (const found of [undefined, other]) {
      const apiReader = { sessionStore: async () => found, cronJob: async () => made };
      expect(await reconcile(key, { ...inPart(large), apiReader })).toEqual({ kind: 'done' });
    }
    expect(writes).toEqual([]);
  });
});
