import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import type { CronJob, Job } from '../../src/api/kubernetes.ts';
import type { SessionStoreResource } from '../../src/api/session-store.ts';
import type { SessionStoreStatus } from '../../src/api/status.ts';
import { cleanupCronJob } from '../../src/desired/cleanup-cron-job.ts';
import { scheduleOf } from '../../src/desired/schedule.ts';
import { ApiError } from '../../src/kube/api-error.ts';
import type { Writer } from '../../src/kube/writer.ts';
import { type ReconcileContext, reconcile } from '../../src/operator/reconcile.ts';
import { assess } from '../../src/status/assessment.ts';
import type { StatusEvent } from '../../src/status/events-of.ts';
import { statusOf } from '../../src/status/status-of.ts';
import {
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

const done = finishedSetup(sessionStore(), setupResult());
const { pythonRunnerImage: _none, ...withoutPython } = options;
const refusal = new ApiError(403, 'Forbidden', 'exceeded quota: jobs');

let writes: string[];
let events: StatusEvent[];
let written: SessionStoreStatus | undefined;
/** What the API server makes of a write. */
let answers: Readonly<Record<string, () => void>>;

beforeEach(() => {
  [writes, events, answers, written] = [[], [], {}, undefined];
});

const writer = new Proxy(
  {
    emit: (_store: unknown, event: StatusEvent) => events.push(event),
    writeStatus: (_store: unknown, status: SessionStoreStatus) => {
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

/** The store and what is there for it, as the caches have it. */
function contextOf(store: SessionStoreResource, there: { cronJob?: CronJob; jobs?: readonly Job[] }) {
  return {
    caches: {
      sessionStore: () => store,
      cronJob: () => there.cronJob,
      jobsOwnedBy: (uid: string) => (uid === 'cron-uid' ? (there.jobs ?? []) : []),
      podsOwnedBy: () => [],
      warningsAbout: () => [],
    },
    writer,
    unfinishedPods: async () => [],
    ...{ options, now: () => now, log: pino({ level: 'silent' }) },
  } satisfies ReconcileContext;
}

const key = { namespace: 'shop', name: 'web' };
const healthy = statusOf(assess(observed({ setupJobs: [done], cronJob: cronJob() })));

function drifted(): CronJob {
  const schedule = scheduleOf('17 * * * *', 'shop', 'web');
  if (!schedule.ok) throw new Error(schedule.message);
  const made = structuredClone(cleanupCronJob(sessionStore(), options, schedule)) as unknown as CronJob;
  return {
    ...made,
    metadata: { ...cronJob().metadata, ...made.metadata, generation: 1 },
    spec: { ...made.spec, schedule: '5 * * * *' },
  };
}

test('what was put right is told of; what admission undid again is not, however often', async () => {
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

test('a set-up that is refused keeps no clean-up from being suspended, and says so', async () => {
  const spec = {
    backend: { postgres: { connection: { secretName: 'renewed' } } },
    layout: 'connect-pg-simple',
    cleanup: { ...postgresSpec.cleanup, suspend: true },
  };
  const store = sessionStore(spec, { status: healthy, generation: 2 });
  answers = {
    createJob: () => {
      throw refusal;
    },
  };
  const context = contextOf(store, { cronJob: drifted(), jobs: [newCleanup(sessionStore()).job] });
  expect(await reconcile(key, context)).toEqual({ kind: 'after', ms: 60_000 });
  expect(writes).toEqual(['createJob', 'applyCronJob', 'patchJob']);
  expect(written?.conditions).toContainEqual(
    expect.objectContaining({
      type: 'Stalled',
      status: 'True',
      reason: 'ApiError',
      message: refusal.message,
    }),
  );
});

test('a store that this operator has no image for can be suspended all the same', async () => {
  const store = sessionStore({ ...shelveSpec, suspend: true }, { status: healthy });
  const context = { ...contextOf(store, { cronJob: cronJob() }), options: withoutPython };
  await reconcile(key, context);
  expect(writes).toEqual(['suspendCronJob']);
  expect(written?.conditions?.map(({ reason }) => reason)).toEqual(['NoRunnerImage', 'NoRunnerImage']);
});
