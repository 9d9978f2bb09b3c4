import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../scripts/cluster/control-plane.ts';
import { apiVersion, kind } from '../../src/api/group.ts';
import type { CronJob, Job } from '../../src/api/kubernetes.ts';
import type { SessionStoreResource } from '../../src/api/session-store-resource.ts';
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
import { postgresSpec, setupResult } from '../builders.ts';
import { refuseWrites, takeWebhookDown, type Write } from './admission.ts';
import { endPodOf } from './kubelet.ts';
import { type RunningOperator, startOperator } from './run-operator.ts';

let controlPlane: ControlPlane;
let api: ApiClient;
let operator: RunningOperator;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  api = new ApiClient(controlPlane);
  await installCrd(api);
  operator = await startOperator(controlPlane.kubeconfig, ['--retry-min=1', '--retry-max=2']);
});

afterAll(async () => {
  await operator.stop();
  await api.close();
  await controlPlane.stop();
});

const storeIn = (namespace: string): Promise<SessionStoreResource> =>
  api.must('GET', storePath(namespace, 'web'));
const change = (namespace: string, spec: unknown) => api.merge(storePath(namespace, 'web'), { spec });
const setupJobs = async (namespace: string): Promise<readonly Job[]> =>
  (await api.must('GET', `${jobPath(namespace)}?labelSelector=sessionstore.dev/task=setup`)).items;

/** A store that is Ready, in a namespace of its own, with a clean-up under way. */
async function healthyStore(namespace: string): Promise<void> {
  await createNamespace(api, namespace);
  await api.must('POST', storePath(namespace), {
    apiVersion,
    kind,
    metadata: { name: 'web' },
    spec: postgresSpec,
  });
  const [job] = await until('a set-up Job', async () => {
    const jobs = await setupJobs(namespace);
    return jobs.length > 0 && jobs;
  });
  await endPodOf(api, namespace, job?.metadata.name ?? '', 0, setupResult());
  await untilCondition(api, { namespace, name: 'web' }, { type: 'Ready', status: 'True' });
  const { metadata, spec } = (await api.must('GET', cronJobPath(namespace, 'web-cleanup'))) as CronJob & {
    spec: { jobTemplate: { spec: object; metadata: object } };
  };
  const { jobTemplate } = spec;
  const owner = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
  };
  await api.must('POST', jobPath(namespace), {
    metadata: { ...jobTemplate.metadata, name: 'run', ownerReferences: [owner] },
    spec: jobTemplate.spec,
  });
}

/** What is suspended of the clean-up. */
async function suspendedIn(namespace: string): Promise<readonly string[]> {
  const [cronJob, job] = (await Promise.all([
    api.must('GET', cronJobPath(namespace, 'web-cleanup')),
    api.must('GET', jobPath(namespace, 'run')),
  ])) as [CronJob, Job];
  return [...(cronJob.spec.suspend ? ['CronJob'] : []), ...(job.spec.suspend ? ['Job'] : [])];
}

const untilSuspended = (namespace: string, expected: readonly string[]) =>
  until(`${expected} to be suspended`, async () => {
    const found = await suspendedIn(namespace);
    return expected.every((each) => found.includes(each));
  });

/** Status is of the spec that is there, and holds the sentence, or none of the kind. */
const untilTold = (namespace: string, sentence: RegExp) =>
  until(`status to say ${sentence}`, async () => {
    const { metadata, status } = await storeIn(namespace);
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    const isTold = ready?.status === 'False' && ready.reason === 'ApiError' && sentence.test(ready.message);
    return isTold && status?.observedGeneration === metadata.generation;
  });

async function untilDeleted(namespace: string): Promise<void> {
  await api.must('DELETE', storePath(namespace, 'web'));
  await until('the store to be gone', async () => {
    const { status } = await api.request('GET', storePath(namespace, 'web'));
    return status === 404;
  });
}

interface Case {
  readonly write: Write;
  /** The change of the spec that calls for that write. */
  readonly change: unknown;
  /** What suspension reaches all the same. */
  readonly stops: readonly string[];
}

const suspension = { cleanup: { suspend: true } };
const everything = ['CronJob', 'Job'];
const renamed = { backend: { postgres: { connection: { secretName: 'renamed' } } } };

const cases: Readonly<Record<string, Case>> = {
  'create-job': { write: ['jobs', 'CREATE'], change: renamed, stops: everything },
  'patch-job': { write: ['jobs', 'UPDATE'], change: suspension, stops: ['CronJob'] },
  'delete-job': { write: ['jobs', 'DELETE'], change: { setup: { createIndex: true } }, stops: everything },
  'patch-cron-job': {
    write: ['cronjobs', 'UPDATE'],
    change: { cleanup: { expiredFor: '9d' } },
    stops: ['Job'],
  },
  'delete-cron-job': { write: ['cronjobs', 'DELETE'], change: { cleanup: null }, stops: everything },
};

describe.concurrent('a cluster that refuses', () => {
  test.each(Object.entries(cases))('%s: the rest goes on, and status says so', async (namespace, each) => {
    await healthyStore(namespace);
    // A Job under way that is of no use for the changed spec.
    if (namespace === 'delete-job') {
      await change(namespace, renamed);
      await until('a second set-up', async () => (await setupJobs(namespace)).length === 2);
    }
    await refuseWrites(api, namespace, each.write);
    await change(namespace, each.change);
    await untilTold(namespace, /policy says no/);
    await change(namespace, { cleanup: { ...postgresSpec.cleanup, suspend: true } });
    await untilSuspended(namespace, each.stops);
    await change(namespace, { cleanup: { expiredFor: '30d' } });
    await until('the change to be observed', async () => {
      const { metadata, status } = await storeIn(namespace);
      return status?.observedGeneration === metadata.generation;
    });
    await untilDeleted(namespace);
  });

  test('create-cron-job: the rest goes on, and status says so', async () => {
    const namespace = 'create-cron-job';
    await healthyStore(namespace);
    await refuseWrites(api, namespace, ['cronjobs', 'CREATE']);
    await api.must('DELETE', `${cronJobPath(namespace, 'web-cleanup')}?propagationPolicy=Background`);
    await untilTold(namespace, /could not create it: .*policy says no/);
    await untilDeleted(namespace);
  });

  test('status: suspension goes on, and an event tells of it', async () => {
    const namespace = 'status';
    await healthyStore(namespace);
    await refuseWrites(api, namespace, ['sessionstores/status', 'UPDATE']);
    await change(namespace, suspension);
    await untilSuspended(namespace, everything);
    await until('an event', async () => {
      const { items } = await api.must('GET', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
      return items.some(({ note }: { note?: string }) => /policy says no/.test(note ?? ''));
    });
    await untilDeleted(namespace);
  });

  test('anything, as its webhook is down: suspension goes on, and status says so where it lasts', async () => {
    const namespace = 'webhook-down';
    await healthyStore(namespace);
    await takeWebhookDown(api, namespace, 'cronjobs');
    await change(namespace, suspension);
    await untilSuspended(namespace, ['Job']);
    await untilTold(namespace, /could not suspend it: .*failed calling webhook/);
    await change(namespace, { cleanup: { expiredFor: '30d' } });
    await untilTold(namespace, /failed calling webhook/);
    expect(await suspendedIn(namespace)).toEqual(['Job']);
    await untilDeleted(namespace);
  });
});

describe.concurrent('a fight', () => {
  const contested = { type: 'CleanupScheduled', status: 'False', reason: 'Contested' };
  /** A change of the spec is no fight, and ends it where nobody fights any more. */
  async function endsIn(namespace: string): Promise<void> {
    await change(namespace, { cleanup: { expiredFor: '30d' } });
    await untilCondition(api, { namespace, name: 'web' }, { type: 'Ready', status: 'True' });
    await untilDeleted(namespace);
  }

  test('with somebody who adds a field to each new CronJob is backed off, and said', async () => {
    const namespace = 'adds-a-field';
    await healthyStore(namespace);
    const path = cronJobPath(namespace, 'web-cleanup');
    const seen = new Set<string>();
    const stop = new AbortController();
    const adding = (async () => {
      while (!stop.signal.aborted) {
        const { status, body } = await api.request('GET', path);
        if (status !== 200 || seen.has(body.metadata.uid)) continue;
        seen.add(body.metadata.uid);
        const template = { spec: { hostNetwork: true } };
        await api.request(
          'PATCH',
          path,
          { spec: { jobTemplate: { spec: { template } } } },
          'application/merge-patch+json',
        );
      }
    })();
    const { status } = await untilCondition(api, { namespace, name: 'web' }, contested).finally(() => {
      stop.abort();
      return adding;
    });
    expect(status?.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'False', reason: 'Contested' });
    expect(status?.conditions?.[0]?.message).toContain('somebody added hostNetwork');
    expect(seen.size).toBeLessThan(10);
    await endsIn(namespace);
  });

  test('with a second operator of another image is backed off, and said', async () => {
    const namespace = 'two-operators';
    await healthyStore(namespace);
    const args = [`--watch-namespace=${namespace}`, '--runner-image=another:1'];
    const second = await startOperator(controlPlane.kubeconfig, args);
    await untilCondition(api, { namespace, name: 'web' }, contested).finally(() => second.stop());
    const { metadata } = (await api.must('GET', cronJobPath(namespace, 'web-cleanup'))) as CronJob;
    expect(metadata.generation).toBeLessThan(20);
    await endsIn(namespace);
  });
});
