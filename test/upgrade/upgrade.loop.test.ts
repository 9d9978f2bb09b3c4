import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../scripts/cluster/control-plane.ts';
import { kubectl } from '../../scripts/cluster/kubectl.ts';
import { apiVersion, kind } from '../../src/api/group.ts';
import type { CronJob, Job } from '../../src/api/kubernetes.ts';
import type { SessionStoreResource } from '../../src/api/session-store-resource.ts';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import type { SessionStoreStatus } from '../../src/api/status.ts';
import { taskLabel } from '../../src/state/labels.ts';
import {
  ApiClient,
  createNamespace,
  cronJobPath,
  jobPath,
  readManifests,
  storePath,
  until,
  untilCondition,
} from '../api-client.ts';
import { cleanupResult, directorySpec, failureResult, postgresSpec, setupResult } from '../builders.ts';
import { endPodOf, runPodOf } from '../operator/kubelet.ts';
import { unscheduled } from '../operator/loop.ts';
import {
  current,
  hasPrevious,
  type OperatorProcess,
  previousVersion,
  startOperatorOf,
  type Version,
} from './version.ts';

const namespace = 'shop';
let plane: ControlPlane;
let api: ApiClient;
let operator: OperatorProcess;
let previous: Version & AsyncDisposable;

/** Installs the CRD and the operator of a version in place of those that are there. */
async function install(version: Version): Promise<void> {
  const crd = path.join(version.folder, 'crds/sessionstore.dev_sessionstores.yaml');
  await kubectl(plane.kubeconfig, 'apply', '--server-side', '--force-conflicts', `--filename=${crd}`);
  await until(
    'the CRD to be served',
    async () => (await api.request('GET', storePath(namespace))).status === 200,
  );
  await operator?.stop();
  operator = await startOperatorOf(version, plane.kubeconfig);
}

const stores: Readonly<Record<string, SessionStoreSpec>> = {
  cleaned: postgresSpec,
  files: directorySpec,
  refused: postgresSpec,
  suspended: { ...postgresSpec, suspend: true },
  'in-cleanup': postgresSpec,
  'in-setup': postgresSpec,
};

const readStore = (name: string): Promise<SessionStoreResource> =>
  api.must('GET', storePath(namespace, name));
const jobs = async (): Promise<readonly Job[]> => (await api.must('GET', jobPath(namespace))).items;
const cronJobs = async (): Promise<readonly CronJob[]> =>
  (await api.must('GET', cronJobPath(namespace))).items;
const becomes = (name: string, type: string, status: string) =>
  untilCondition(api, { namespace, name }, { type, status });

const setupJobOf = (name: string): Promise<Job> =>
  until(`the set-up Job of ${name}`, async () =>
    (await jobs()).find(({ metadata }) => metadata.name.startsWith(`${name}-setup-`)),
  );

async function setUp(name: string): Promise<void> {
  await endPodOf(api, namespace, (await setupJobOf(name)).metadata.name, 0, setupResult());
}

/** Starts a clean-up as a person does, without its end. */
async function startCleanup(name: string, job: string): Promise<void> {
  await kubectl(
    plane.kubeconfig,
    'create',
    'job',
    `--namespace=${namespace}`,
    job,
    `--from=cronjob/${name}-cleanup`,
  );
}

async function endCleanup(name: string, job: string, deleted: number): Promise<void> {
  await endPodOf(api, namespace, job, 0, cleanupResult({ deleted }));
  await until(`${job} in status`, async () => {
    const { lastRun } = (await readStore(name)).status?.cleanup ?? {};
    return lastRun?.jobName === job && lastRun.deleted === deleted;
  });
}

/** The stored objects of the earlier version: each kind of state, and a run of each task in flight. */
async function fill(): Promise<void> {
  for (const [name, spec] of Object.entries(stores)) {
    const metadata = { name, labels: { team: 'shop' } };
    await api.must('POST', storePath(namespace), { apiVersion, kind, metadata, spec });
  }
  for (const name of ['cleaned', 'files', 'in-cleanup']) {
    await setUp(name);
    await becomes(name, 'Ready', 'True');
  }
  const refused = (await setupJobOf('refused')).metadata.name;
  await endPodOf(api, namespace, refused, 76, failureResult('AuthenticationFailed', 'wrong password'));
  await becomes('refused', 'Stalled', 'True');
  await becomes('suspended', 'Suspended', 'True');
  await startCleanup('cleaned', 'cleaned-1');
  await endCleanup('cleaned', 'cleaned-1', 9000);
  await startCleanup('in-cleanup', 'in-cleanup-1');
  // A run that still waits for its image, for example, is made again with the new one.
  await runPodOf(api, namespace, 'in-cleanup-1');
  await runPodOf(api, namespace, (await setupJobOf('in-setup')).metadata.name);
  await operator.isIdle();
}

/** The part of a store that a change of version must not change. */
const lasting = ({ metadata, spec, status }: SessionStoreResource) => ({
  metadata: { name: metadata.name, uid: metadata.uid, generation: metadata.generation },
  spec,
  status: {
    setup: status?.setup,
    connection: status?.connection,
    store: status?.store,
    effective: status?.effective,
    cleanup: status?.cleanup,
    conditions: status?.conditions?.map(({ type, status: value, reason, lastTransitionTime }) => ({
      type,
      status: value,
      reason,
      lastTransitionTime,
    })),
  },
});

type Schema = {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
};

/** The fields of a value that a schema knows: the API server forgets the others. */
function pruned(value: unknown, { properties, items }: Schema): unknown {
  if (Array.isArray(value)) return items ? value.map((item) => pruned(item, items)) : value;
  if (!properties || typeof value !== 'object' || value === null) return value;
  const known = Object.entries(value).filter(([key]) => key in properties);
  return Object.fromEntries(known.map(([key, inner]) => [key, pruned(inner, properties[key] ?? {})]));
}

/** The schema of the status of a version. */
async function statusSchemaOf({ folder }: Version): Promise<Schema> {
  const [crd] = await readManifests(path.join(folder, 'crds/sessionstore.dev_sessionstores.yaml'));
  const { spec } = crd as unknown as { spec: { versions: { schema: { openAPIV3Schema: Schema } }[] } };
  return spec.versions[0]?.schema.openAPIV3Schema.properties?.['status'] ?? {};
}

/** A CronJob without what every version sets to its own: the image, and the hash over it. */
const comparable = ({ metadata, spec }: CronJob) => {
  const { uid, name, labels, ownerReferences, annotations = {} } = metadata;
  const { 'sessionstore.dev/template-hash': _, ...rest } = annotations;
  const text = JSON.stringify({ uid, name, labels, ownerReferences, annotations: rest, spec });
  return JSON.parse(text.replaceAll(/session-store-operator:(current|previous)/g, 'IMAGE'));
};

/** All that a change to a version must not change. */
async function recorded(version: Version) {
  const schema = await statusSchemaOf(version);
  const read = await Promise.all(Object.keys(stores).map(readStore));
  return {
    stores: read.map(({ status, ...store }) =>
      lasting({ ...store, status: pruned(status, schema) as SessionStoreStatus }),
    ),
    cronJobs: (await cronJobs()).map(comparable),
    jobs: (await jobs()).map(({ metadata, spec }) => ({ uid: metadata.uid, name: metadata.name, spec })),
  };
}

/** Changes the version; each object is as before, except for the images of CronJobs. */
async function change(version: Version): Promise<void> {
  const before = await recorded(version);
  await install(version);
  await until('each CronJob to have the image', async () =>
    (await cronJobs()).every(({ spec }) => JSON.stringify(spec).includes(version.image)),
  );
  await operator.isIdle();
  const after = await recorded(version);
  expect(after.stores).toMatchObject(before.stores);
  expect(after.cronJobs).toEqual(before.cronJobs);
  expect(after.jobs).toEqual(before.jobs);
}

beforeAll(async () => {
  if (!hasPrevious()) return;
  previous = await previousVersion();
  plane = await startControlPlane(unscheduled);
  api = new ApiClient(plane);
  await createNamespace(api, namespace);
  await install(previous);
  await fill();
});
afterAll(async () => {
  await operator?.stop();
  await api?.close();
  await plane?.stop();
  await previous?.[Symbol.asyncDispose]();
});

// Without the commit, in a shallow clone, there is no earlier version to run.
describe.skipIf(!hasPrevious())('stored objects and runs in flight', () => {
  test('outlast an upgrade from the earlier version, and the runs are recorded by this one', async () => {
    await change(current);
    await setUp('in-setup');
    expect((await becomes('in-setup', 'Ready', 'True')).status?.setup?.outcome).toBe('Created');
    await endCleanup('in-cleanup', 'in-cleanup-1', 17);
    await startCleanup('files', 'files-1');
    await runPodOf(api, namespace, 'files-1');
    await startCleanup('cleaned', 'cleaned-2');
    await endCleanup('cleaned', 'cleaned-2', 5);
  });

  test('outlast a way back, and the runs are recorded by the earlier version', async () => {
    await change(previous);
    await endCleanup('files', 'files-1', 23);
    await startCleanup('in-setup', 'in-setup-1');
    await endCleanup('in-setup', 'in-setup-1', 1);
  });

  test('need no second set-up at any time', async () => {
    await operator.isIdle();
    const setups = (await jobs()).filter(({ metadata }) => metadata.labels?.[taskLabel] === 'setup');
    // The suspended store has never been set up.
    const expected = Object.keys(stores).filter((name) => name !== 'suspended');
    expect(setups.map(({ metadata }) => metadata.name.replace(/-setup-[^-]*$/, '')).sort()).toEqual(
      expected.sort(),
    );
  });

  test('stay as they are in a second upgrade', () => change(current));
});
