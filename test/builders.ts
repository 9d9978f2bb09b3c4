import { apiVersion, kind } from '../src/api/group.ts';
import type { CronJob, Job, KubeEvent, Pod } from '../src/api/kubernetes.ts';
import type { FailureReason } from '../src/api/reasons.ts';
import type { CleanupReport, RunnerResult, SetupReport } from '../src/api/runner-result.ts';
import type { SessionStoreResource } from '../src/api/session-store-resource.ts';
import type { SessionStoreSpec } from '../src/api/spec.ts';
import { cleanupCronJob } from '../src/desired/cleanup-cron-job.ts';
import { setupJob } from '../src/desired/setup-job.ts';
import { suspendedByOperatorAnnotation } from '../src/state/labels.ts';
import {
  cronJobFacts,
  type Observed,
  type ObservedJob,
  type OperatorOptions,
} from '../src/state/observed.ts';
import { scheduleOf } from '../src/state/schedule.ts';

/** Builders make whole objects of the little that a test is about. */

export const now = new Date('2026-11-20T12:00:00Z');
const created = '2026-11-20T10:00:00Z';

export const options: OperatorOptions = {
  runnerImage: 'session-store-operator:test',
  pythonRunnerImage: 'session-store-operator-python:test',
  runnerImagePullPolicy: 'IfNotPresent',
  allowedAnnotations: [],
  installation: 'test-installation',
  retryMinSeconds: 60,
  retryMaxSeconds: 1800,
  claimCheckSeconds: 30,
};

export const postgresSpec: SessionStoreSpec = {
  backend: { postgres: { connection: { secretName: 'shop-db' } } },
  layout: 'connect-pg-simple',
  cleanup: { expiredFor: '10m', schedule: '17 * * * *' },
};

export const directorySpec: SessionStoreSpec = {
  backend: { directory: { claimName: 'wiki', path: 'sessions' } },
  cleanup: { unmodifiedFor: '30m', schedule: '17 * * * *' },
};

export const shelveSpec: SessionStoreSpec = {
  backend: { shelve: { claimName: 'wiki', path: 'shop/sessions' } },
  cleanup: { unmodifiedFor: '30m', schedule: '17 * * * *' },
};

type Metadata = Partial<SessionStoreResource['metadata']>;

export function sessionStore(
  spec: SessionStoreSpec = postgresSpec,
  { status, ...metadata }: Metadata & { status?: SessionStoreResource['status'] } = {},
): SessionStoreResource {
  return {
    apiVersion,
    kind,
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'store-uid',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: created,
      ...metadata,
    },
    spec,
    ...(status && { status }),
  };
}

export function pod(name: string, status: Pod['status'] = { phase: 'Running' }): Pod {
  return {
    metadata: {
      name,
      namespace: 'shop',
      uid: `${name}-uid`,
      resourceVersion: '1',
      creationTimestamp: created,
    },
    status,
  };
}

export function terminatedPod(
  name: string,
  exitCode: number,
  message: string | undefined,
  reason = 'Error',
): Pod {
  const terminated = {
    exitCode,
    reason,
    finishedAt: '2026-11-20T11:00:05Z',
    ...(message !== undefined && { message }),
  };
  return pod(name, {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    containerStatuses: [{ name: 'runner', state: { terminated } }],
  });
}

export const waitingPod = (name: string, reason: string, message = ''): Pod =>
  pod(name, {
    phase: 'Pending',
    containerStatuses: [{ name: 'runner', state: { waiting: { reason, message } } }],
  });

const times = { startedAt: '2026-11-20T11:00:00Z', finishedAt: '2026-11-20T11:00:05Z' };

export const setupResult = (setup: Partial<SetupReport> = {}): RunnerResult => ({
  command: 'setup',
  ...times,
  setup: {
    outcome: 'Created',
    marked: true,
    connection: { server: 'PostgreSQL 15.18', tls: 'off' },
    notes: [],
    ...setup,
  },
});

export const cleanupResult = (cleanup: Partial<CleanupReport> = {}): RunnerResult => ({
  command: 'delete-old',
  ...times,
  cleanup: {
    deleted: 9000,
    overdue: 0,
    remaining: 1000,
    complete: true,
    dryRun: false,
    notes: [],
    ...cleanup,
  },
});

export const failureResult = (reason: FailureReason, message: string): RunnerResult => ({
  command: 'setup',
  ...times,
  failure: { reason, message },
});

const condition = (type: string, time: string) => ({
  type,
  status: 'True' as const,
  lastTransitionTime: time,
});

/** A set-up Job as the operator makes it, with a name of the API server's making. */
export function activeSetup(
  store: SessionStoreResource,
  pods: readonly Pod[] = [],
  attempt = 1,
  warnings: readonly KubeEvent[] = [],
): ObservedJob {
  const made = setupJob(store, options, attempt);
  const job = {
    ...made,
    metadata: {
      ...made.metadata,
      uid: `setup-${attempt}-uid`,
      resourceVersion: '1',
      creationTimestamp: created,
    },
    status: { active: 1 },
  } as unknown as Job;
  return { job, pods, warnings };
}

export function finishedSetup(
  store: SessionStoreResource,
  result: RunnerResult | undefined,
  exitCode = 0,
  attempt = 1,
): ObservedJob {
  const { job } = activeSetup(store, [], attempt);
  const finishedAt = '2026-11-20T11:00:06Z';
  const status =
    exitCode === 0
      ? { succeeded: 1, completionTime: finishedAt, conditions: [condition('Complete', finishedAt)] }
      : {
          failed: 1,
          conditions: [{ ...condition('Failed', finishedAt), reason: 'PodFailurePolicy', message: 'failed' }],
        };
  return {
    job: { ...job, status },
    pods: [terminatedPod(`setup-${attempt}`, exitCode, result && JSON.stringify(result))],
    warnings: [],
  };
}

export function cronJob(spec: Record<string, unknown> = {}, ownerUid = 'store-uid'): CronJob {
  return {
    metadata: {
      name: 'web-cleanup',
      namespace: 'shop',
      uid: 'cron-uid',
      resourceVersion: '1',
      creationTimestamp: created,
      ownerReferences: [{ apiVersion, kind, name: 'web', uid: ownerUid, controller: true }],
    },
    spec: { schedule: '17 * * * *', ...spec },
  };
}

export function cleanupJob(
  name: string,
  result: RunnerResult | undefined,
  exitCode = 0,
  finishedAt = '2026-11-20T11:17:09Z',
): ObservedJob {
  const status =
    exitCode === 0
      ? {
          succeeded: 1,
          startTime: '2026-11-20T11:17:00Z',
          completionTime: finishedAt,
          conditions: [condition('Complete', finishedAt)],
        }
      : { failed: 1, startTime: '2026-11-20T11:17:00Z', conditions: [condition('Failed', finishedAt)] };
  const metadata = {
    name,
    namespace: 'shop',
    uid: `${name}-uid`,
    resourceVersion: '1',
    creationTimestamp: '2026-11-20T11:17:00Z',
  };
  return {
    job: { metadata, spec: {}, status },
    pods: [terminatedPod(name, exitCode, result && JSON.stringify(result))],
    warnings: [],
  };
}

/** A Job as the CronJob makes it now, and the operator has not looked at it yet. */
export function newCleanup(store: SessionStoreResource, pods: readonly Pod[] = []): ObservedJob {
  const schedule = scheduleOf('17 * * * *', 'shop', 'web');
  if (!schedule.ok) throw new Error(schedule.message);
  const { jobTemplate } = cleanupCronJob(store, options, schedule).spec;
  const metadata = {
    ...jobTemplate.metadata,
    name: 'web-cleanup-1',
    namespace: 'shop',
    uid: 'web-cleanup-1-uid',
    resourceVersion: '1',
    creationTimestamp: '2026-11-20T11:17:00Z',
  };
  return { job: { metadata, spec: jobTemplate.spec }, pods, warnings: [] };
}

/** The same Job, its suspension changed as the operator does it, with its mark; or as anybody else does, without. */
export function withSuspend(
  observed: ObservedJob,
  suspend: boolean,
  by: 'operator' | 'somebody' = 'operator',
): ObservedJob {
  const { metadata, spec } = observed.job;
  const { [suspendedByOperatorAnnotation]: mark, ...annotations } = metadata.annotations ?? {};
  const after = by === 'somebody' ? mark : suspend ? 'true' : undefined;
  const marked = { ...annotations, ...(after !== undefined && { [suspendedByOperatorAnnotation]: after }) };
  return {
    ...observed,
    job: { ...observed.job, metadata: { ...metadata, annotations: marked }, spec: { ...spec, suspend } },
  };
}

export function observed(parts: Partial<Observed> = {}): Observed {
  const { store = sessionStore() } = parts;
  const facts = cronJobFacts(store, parts.cronJob);
  return { now, options, setupJobs: [], cleanupJobs: [], ...parts, store, ...facts };
}

/** The API server's event for a refused pod of a Job. */
export function failedCreate({ job }: ObservedJob, message: string): KubeEvent {
  return {
    metadata: {
      name: 'event',
      namespace: 'shop',
      uid: 'event-uid',
      resourceVersion: '1',
      creationTimestamp: created,
    },
    involvedObject: { kind: 'Job', uid: job.metadata.uid },
    reason: 'FailedCreate',
    type: 'Warning',
    message,
  };
}
