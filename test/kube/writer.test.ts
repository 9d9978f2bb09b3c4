import { expect, test } from 'vitest';
import type { CronJob, Job, KubeObject } from '../../src/api/kubernetes.ts';
import type { SessionStoreResource } from '../../src/api/session-store-resource.ts';
import { setupJob } from '../../src/desired/setup-job.ts';
import { ApiError } from '../../src/kube/api-error.ts';
import type { ApiServer, Request } from '../../src/kube/api-server.ts';
import { Cache, keyOf } from '../../src/kube/cache.ts';
import type { EventRecorder } from '../../src/kube/event-recorder.ts';
import { Writer } from '../../src/kube/writer.ts';
import { options, sessionStore } from '../builders.ts';

const job = setupJob(sessionStore(), options, 1);

/** The patches for a Job that already exists. */
async function patchesOver(there: Partial<Job['metadata']>): Promise<readonly unknown[]> {
  const patches: unknown[] = [];
  const existing = { metadata: { ...job.metadata, uid: 'job-uid', resourceVersion: '7', ...there } };
  const server = {
    request: async ({ method, body }: Request) => {
      if (method === 'POST') throw new ApiError(409, 'AlreadyExists', 'it exists');
      if (method === 'PATCH') patches.push((body as { metadata: unknown }).metadata);
      return existing;
    },
  } as unknown as ApiServer;
  const cacheOf = <T extends KubeObject>() => new Cache<T>(() => undefined);
  const caches = {
    sessionStores: cacheOf<SessionStoreResource>(),
    jobs: cacheOf<Job>(),
    cronJobs: cacheOf<CronJob>(),
  };
  await new Writer(server, caches, {} as EventRecorder).createJob(job);
  return patches;
}

const { labels, ownerReferences } = job.metadata;
const at = { uid: 'job-uid', resourceVersion: '7' };

test('a Job that is there and the store’s own is taken as it is', async () => {
  expect(await patchesOver({})).toEqual([]);
});

test('an object that lost a label gets it back, because no watch would report it any more', async () => {
  const { 'app.kubernetes.io/managed-by': _lost, ...rest } = labels;
  expect(await patchesOver({ labels: rest })).toEqual([{ ...at, labels }]);
});

test('an object that lost its owner gets it back', async () => {
  expect(await patchesOver({ ownerReferences: [] })).toEqual([{ ...at, ownerReferences }]);
});

test.each([
  ['somebody else’s', { labels: {}, ownerReferences: [] }],
  ['on its way out', { deletionTimestamp: '2026-11-20T10:00:00Z' }],
])('an object that is %s is not changed', async (_what, there) => {
  await expect(patchesOver(there)).rejects.toThrow(/exists without an owner|still being deleted/);
});

test('the expiry of a finished Job is stored, and causes no reconcile', async () => {
  const changes: string[] = [];
  const jobs = new Cache<Job>(({ metadata }) => changes.push(metadata.resourceVersion));
  const finished = { ...job, metadata: { ...job.metadata, ...at, creationTimestamp: '' } } as Job;
  const server = {
    request: async ({ body }: Request) => {
      const { spec } = body as { spec: object };
      return { ...finished, spec, metadata: { ...finished.metadata, resourceVersion: '8' } };
    },
  } as unknown as ApiServer;
  const caches = { jobs, sessionStores: new Cache<SessionStoreResource>(() => undefined) };
  jobs.put(finished);
  const writer = new Writer(
    server,
    { ...caches, cronJobs: new Cache<CronJob>(() => undefined) },
    {} as EventRecorder,
  );
  await writer.expireJob(finished, 3600);
  expect(jobs.get(keyOf(finished))?.spec).toEqual({ ttlSecondsAfterFinished: 3600 });
  expect(changes).toEqual(['7']);
});
