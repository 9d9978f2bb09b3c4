import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Job, KubeEvent, KubeObject, Pod } from '../../src/api/kubernetes.ts';
import type { SessionStoreResource } from '../../src/api/session-store-resource.ts';
import { conditionTypes, statusSchema } from '../../src/api/status.ts';
import { actionsOf } from '../../src/desired/actions.ts';
import { suspendActions } from '../../src/desired/suspension.ts';
import {
  boundedCronJob,
  projectCronJob,
  projectEvent,
  projectJob,
  projectPod,
} from '../../src/kube/projection.ts';
import { boundedStore, projectStore, withHistory } from '../../src/kube/store-projection.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import { cronJobFacts, type Observed, type ObservedJob } from '../../src/state/observed.ts';
import { preflight } from '../../src/state/preflight.ts';
import { resumePatch } from '../../src/state/suspended-by-operator.ts';
import { statusOf } from '../../src/status/status-of.ts';
import {
  activeSetup,
  cleanupJob,
  cleanupResult,
  cronJob,
  failureResult,
  finishedSetup,
  newCleanup,
  observed,
  pod as podOf,
  postgresSpec,
  sessionStore,
  setupResult,
  shelveSpec,
  terminatedPod,
  waitingPod,
} from '../builders.ts';
import { madeCronJob } from '../desired/made-cron-job.ts';

const size = (value: unknown) => JSON.stringify(value).length;
const long = 'x'.repeat(100_000);

/** The object with 100 KB of text in every place where it has a text, a list or a map, names and uids excepted. */
function swollen(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return Array.from({ length: 3 }, () => value.map((item) => swollen(item))).flat();
  if (value !== null && typeof value === 'object') {
    const inner = Object.entries(value).map(([name, each]) => [name, swollen(each, name)]);
    return { ...Object.fromEntries(inner), [`${key}-more`]: long };
  }
  return typeof value === 'string' ? value + long : value;
}

const bookkeeping = { managedFields: [{ manager: 'x', fieldsV1: long }] };
const annotations = {
  'kubectl.kubernetes.io/last-applied-configuration': long,
  'sessionstore.dev/attempt': '1',
};

/** A hostile form of an object, under its own name. */
function hostile<T extends KubeObject>(object: T): T {
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = object;
  const labels = { ...metadata.labels, more: long };
  const owners = Array.from({ length: 200 }, (_, i) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: long.slice(0, 253),
    uid: `${i}`,
  }));
  return {
    ...(swollen(rest) as T),
    metadata: {
      ...metadata,
      ...bookkeeping,
      labels,
      annotations,
      ownerReferences: [...owners, ...(metadata.ownerReferences ?? [])],
    },
  };
}

const store = sessionStore();
const setup = finishedSetup(store, setupResult());
const [pod] = setup.pods as [Pod];
const event: KubeEvent = {
  metadata: { ...pod.metadata, name: 'event' },
  involvedObject: { kind: 'Job', uid: 'u', name: 'n', namespace: 'shop' },
  reason: 'FailedCreate',
  message: 'quota',
};

describe('for any content of an object, the cache keeps at most', () => {
  test.each<[string, number, unknown]>([
    [
      '2 KB of a spec too long, and of the metadata',
      2,
      projectStore(hostile({ ...store, spec: swollen(store.spec) } as typeof store)),
    ],
    ['4 KB of a Job', 4, projectJob(hostile(setup.job))],
    ['6 KB of a Pod', 6, projectPod(hostile(pod))],
    ['3 KB of a CronJob', 3, projectCronJob(hostile(madeCronJob(store)))],
    ['6 KB of a SessionStore as long as they may be', 6, projectStore(largest(store))],
    ['6 KB of a CronJob as long as they may be', 6, projectCronJob(madeCronJob(largest(store)))],
    ['8 KB of a spec as it is reconciled, and the status', 57, boundedStore(largest(store))],
    ['60 KB of a CronJob as it is reconciled', 60, boundedCronJob(hostile(madeCronJob(store)))],
    ['2 KB of an event', 2.5, projectEvent(hostile(event))],
  ])('%s', (_what, limit, kept) => {
    expect(size(kept)).toBeLessThan(limit * 1024);
    expect(size(kept)).toBeGreaterThan(200);
  });

  test('4 KB of a Job of a hundred thousand conditions', () => {
    const conditions = Array.from({ length: 100_000 }, () => ({ type: 'Failed', status: 'True' as const }));
    expect(size(projectJob({ ...setup.job, status: { conditions } }))).toBeLessThan(4 * 1024);
  });

  test('48 KB of status as it is reconciled, and none that is longer: it is not the operator’s', () => {
    const status = longest(statusJson) as NonNullable<SessionStoreResource['status']>;
    const own = { ...status, conditions: status.conditions?.slice(0, conditionTypes.length) };
    expect(boundedStore({ ...store, status: own } as typeof store).status).toEqual(own);
    expect(boundedStore({ ...store, status: { ...status, store: long } }).status).toBeUndefined();
  });
});

/** With as much in its spec and its status as it may have. */
function largest(of: SessionStoreResource): SessionStoreResource {
  const labels = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`l${i}`, 'x'.repeat(63)]));
  const tolerations = Array.from({ length: 16 }, (_, i) => ({
    key: `${i}`.repeat(60),
    operator: 'Exists' as const,
  }));
  const pod = { labels, nodeSelector: labels, tolerations };
  const status = longest(statusJson) as NonNullable<SessionStoreResource['status']>;
  const conditions = status.conditions?.slice(0, conditionTypes.length);
  return { ...of, spec: { ...of.spec, pod }, status: { ...status, ...(conditions && { conditions }) } };
}

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maximum?: number;
}

const statusJson = z.toJSONSchema(statusSchema, {
  target: 'openapi-3.0',
  io: 'input',
  reused: 'inline',
}) as Schema;

/** The longest value that the schema takes; of a map as many entries as status has values to show. */
function longest(schema: Schema): unknown {
  if (schema.enum) return schema.enum.toSorted((a, b) => b.length - a.length)[0];
  if (schema.type === 'array')
    return Array.from({ length: schema.maxItems ?? 0 }, () => longest(schema.items ?? {}));
  if (schema.type === 'string') return 'x'.repeat(schema.maxLength ?? 12);
  if (schema.type === 'integer') return schema.maximum;
  if (schema.type === 'boolean') return false;
  const { additionalProperties: each } = schema;
  const fields = each
    ? Array.from({ length: 20 }, (_, i) => [`${i}`.padStart(40), longest(each)])
    : Object.entries(schema.properties ?? {}).map(([name, inner]) => [name, longest(inner)]);
  return Object.fromEntries(fields);
}

const kept = (each: ObservedJob): ObservedJob => ({
  job: projectJob(each.job),
  pods: each.pods.map(projectPod),
  warnings: each.warnings.map(projectEvent),
});

/** The object as it is reconciled: as the cache keeps it, or read again where that is in part. */
function look<T extends { readonly isShortened?: true }>(
  object: T,
  keptOf: (object: T) => T,
  wholeOf: (object: T) => T,
): T {
  const ofCache = keptOf(object);
  return ofCache.isShortened ? wholeOf(object) : ofCache;
}

describe('every field that is read is kept: decisions and messages are the same for', () => {
  const shelf = sessionStore(shelveSpec);
  const keys = Array.from({ length: 16 }, (_, i) => `policy-${i}.example.com/${'k'.repeat(50)}`);
  const labels = Object.fromEntries(keys.map((key) => [key, 'demanded']));
  const labelled = sessionStore({ ...postgresSpec, childMetadata: { labels } });
  const running = newCleanup(store);
  const runner = terminatedPod('p', 0, JSON.stringify(cleanupResult())).status?.containerStatuses ?? [];
  const beside = podOf('p', {
    phase: 'Running',
    containerStatuses: [{ name: 'mesh', state: { running: {} } }, ...runner],
  });
  const initializing = podOf('p', {
    phase: 'Pending',
    containerStatuses: [{ name: 'runner', state: { waiting: { reason: 'PodInitializing' } } }],
    initContainerStatuses: [{ name: 'mesh', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
  });
  const failed = cleanupJob('web-cleanup-2', failureResult('AuthenticationFailed', 'no'), 76);
  test.each<[string, Partial<Observed>]>([
    ['a set-up that ended', { setupJobs: [setup] }],
    [
      'a set-up that failed',
      { setupJobs: [finishedSetup(store, failureResult('PermissionDenied', 'no'), 77)] },
    ],
    [
      'a Job that waits for an image',
      { setupJobs: [activeSetup(store, [waitingPod('p', 'ErrImagePull', 'none')])] },
    ],
    ['a clean-up that ended', { setupJobs: [setup], cleanupJobs: [cleanupJob('a', cleanupResult())] }],
    ['a failed Job', { setupJobs: [setup], cleanupJobs: [failed] }],
    ['a running Job', { setupJobs: [setup], cleanupJobs: [running] }],
    ['labels that policies demand', { store: labelled, setupJobs: [setup], cronJob: madeCronJob(labelled) }],
    ['ones that are not demanded any more', { setupJobs: [setup], cronJob: madeCronJob(labelled) }],
    ['one whose pod goes on', { setupJobs: [setup], cleanupJobs: [newCleanup(store, [beside])] }],
    [
      'a Job that is kept from starting',
      { setupJobs: [setup], cleanupJobs: [newCleanup(store, [initializing])] },
    ],
    ['a Job that waits for its claim', { store: shelf, cleanupJobs: [newCleanup(shelf)], podsOnClaim: [] }],
    [
      'a store that is suspended',
      { store: sessionStore({ ...postgresSpec, suspend: true }), cleanupJobs: [running] },
    ],
  ])('%s', (_what, parts) => {
    const whole = observed({ cronJob: madeCronJob(store), ...parts });
    const less: Observed = {
      ...whole,
      store: withHistory(look(whole.store, projectStore, boundedStore)),
      setupJobs: whole.setupJobs.map(kept),
      cleanupJobs: whole.cleanupJobs.map(kept),
      ...(whole.cronJob && cronJobFacts(whole.store, look(whole.cronJob, projectCronJob, boundedCronJob))),
    };
    const decided = (all: Observed) =>
      [...suspendActions(all), ...actionsOf(deriveState(all))].map(({ kind, ...rest }) => ({
        kind,
        why: 'why' in rest && rest.why,
        resumed: kind === 'suspendJob' && 'suspend' in rest && resumePatch(rest.job),
      }));
    expect(statusOf(deriveState(less))).toEqual(statusOf(deriveState(whole)));
    expect(decided(less)).toEqual(decided(whole));
  });
});

test('reducing an object twice changes nothing more', () => {
  const tooLong = { ...store, spec: { ...postgresSpec, pod: { labels: { a: long } } } };
  for (const each of [store, hostile(tooLong), largest(store)])
    expect(projectStore(projectStore(each))).toEqual(projectStore(each));
  for (const each of [setup.job, hostile(setup.job)] as Job[])
    expect(projectJob(projectJob(each))).toEqual(projectJob(each));
  for (const each of [madeCronJob(store), hostile(madeCronJob(store))])
    expect(projectCronJob(projectCronJob(each))).toEqual(projectCronJob(each));
});

test('a spec that is too long is reported, and its suspension holds', () => {
  const spec = { ...postgresSpec, suspend: true, pod: { labels: { a: long } } };
  const all = observed({ store: boundedStore(sessionStore(spec)), cronJob: cronJob() });
  expect(suspendActions({ ...all, store: projectStore(sessionStore(spec)) })).toMatchObject([
    { kind: 'suspendCronJob' },
  ]);
  expect(preflight(all)).toMatchObject({
    reason: 'InvalidSpec',
    message: expect.stringMatching(/at most 8192 characters of JSON, found 100\d\d\d/),
  });
  expect(suspendActions(all)).toMatchObject([{ kind: 'suspendCronJob' }]);
});

test('a CronJob that somebody made huge is made again', () => {
  const status = statusOf(deriveState(observed({ setupJobs: [setup] })));
  const huge = madeCronJob(store);
  const cron = boundedCronJob({ ...huge, spec: { ...huge.spec, more: long } });
  expect(actionsOf(deriveState(observed({ store: { ...store, status }, cronJob: cron })))).toMatchObject([
    { kind: 'deleteCronJob', why: 'another client added more than any CronJob of the operator holds' },
  ]);
});
