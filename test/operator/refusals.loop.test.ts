import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { CronJob, Job } from '../../src/api/kubernetes.ts';
import type { SessionStoreResource } from '../../src/api/session-store-resource.ts';
import { createNamespace, cronJobPath, jobPath, storePath, until } from '../api-client.ts';
import { postgresSpec } from '../builders.ts';
import { refuseWrites, takeWebhookDown, type Write } from './admission.ts';
import { useLoop } from './loop.ts';
import { Namespace } from './namespace.ts';

const loop = useLoop({ args: ['--retry-min=1', '--retry-max=2'] });
const storesIn = (namespace: string) => new Namespace(loop, namespace);

const storeIn = (namespace: string): Promise<SessionStoreResource> =>
  loop.api.must('GET', storePath(namespace, 'web'));
const change = (namespace: string, spec: unknown) => storesIn(namespace).change('web', { spec });

/** A store that is Ready, in a namespace of its own, with a clean-up under way. */
async function healthyStore(namespace: string): Promise<void> {
  await createNamespace(loop.api, namespace);
  const stores = storesIn(namespace);
  await stores.apply('web');
  await stores.provision('web');
  await stores.startCleanup('web', 'run');
}

/** The objects of the clean-up that are suspended. */
async function suspendedIn(namespace: string): Promise<readonly string[]> {
  const [cronJob, job] = (await Promise.all([
    loop.api.must('GET', cronJobPath(namespace, 'web-cleanup')),
    loop.api.must('GET', jobPath(namespace, 'run')),
  ])) as [CronJob, Job];
  return [...(cronJob.spec.suspend ? ['CronJob'] : []), ...(job.spec.suspend ? ['Job'] : [])];
}

const untilSuspended = (namespace: string, expected: readonly string[]) =>
  until(`${expected} to be suspended`, async () => {
    const found = await suspendedIn(namespace);
    return expected.every((each) => found.includes(each));
  });

/** Status describes the current spec, and contains the message, or no such message. */
const untilTold = (namespace: string, sentence: RegExp) =>
  until(`status to say ${sentence}`, async () => {
    const { metadata, status } = await storeIn(namespace);
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    const isTold = ready?.status === 'False' && ready.reason === 'ApiError' && sentence.test(ready.message);
    return isTold && status?.observedGeneration === metadata.generation;
  });

async function untilDeleted(namespace: string): Promise<void> {
  const path = storePath(namespace, 'web');
  await loop.api.must('DELETE', path);
  await storesIn(namespace).untilGone(path);
}

interface Case {
  readonly write: Write;
  /** The change of the spec that calls for that write. */
  readonly change: unknown;
  /** The objects that are suspended nevertheless. */
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
      await until('a second set-up', async () => (await storesIn(namespace).setupJobs('web')).length === 2);
    }
    await refuseWrites(loop.api, namespace, each.write);
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
    await refuseWrites(loop.api, namespace, ['cronjobs', 'CREATE']);
    await loop.api.must('DELETE', `${cronJobPath(namespace, 'web-cleanup')}?propagationPolicy=Background`);
    await untilTold(namespace, /could not create it: .*policy says no/);
    await untilDeleted(namespace);
  });

  test('status: suspension continues, and an event reports it', async () => {
    const namespace = 'status';
    await healthyStore(namespace);
    await refuseWrites(loop.api, namespace, ['sessionstores/status', 'UPDATE']);
    await change(namespace, suspension);
    await untilSuspended(namespace, everything);
    await until('an event', async () => {
      const { items } = await loop.api.must('GET', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
      return items.some(({ note }: { note?: string }) => /policy says no/.test(note ?? ''));
    });
    await untilDeleted(namespace);
  });

  test('anything, as its webhook is down: suspension goes on, and status says so where it lasts', async () => {
    const namespace = 'webhook-down';
    await healthyStore(namespace);
    await takeWebhookDown(loop.api, namespace, 'cronjobs');
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
  /** A change of the spec is not a contest, and ends one that has stopped. */
  async function endsIn(namespace: string): Promise<void> {
    await change(namespace, { cleanup: { expiredFor: '30d' } });
    await storesIn(namespace).untilReady('web');
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
        const { status, body } = await loop.api.request('GET', path);
        if (status !== 200 || seen.has(body.metadata.uid)) {
          await delay(10);
          continue;
        }
        seen.add(body.metadata.uid);
        const template = { spec: { hostNetwork: true } };
        await loop.api.request(
          'PATCH',
          path,
          { spec: { jobTemplate: { spec: { template } } } },
          'application/merge-patch+json',
        );
      }
    })();
    const { status } = await storesIn(namespace)
      .untilCondition('web', contested)
      .finally(() => {
        stop.abort();
        return adding;
      });
    expect(status?.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'False', reason: 'Contested' });
    expect(status?.conditions?.[0]?.message).toContain('another client added hostNetwork');
    expect(seen.size).toBeLessThan(10);
    await endsIn(namespace);
  });

  test('with a second operator of another image is backed off, and said', async () => {
    const namespace = 'two-operators';
    await healthyStore(namespace);
    const args = [`--watch-namespace=${namespace}`, '--runner-image=another:1'];
    const second = await loop.startOperator(args);
    await storesIn(namespace)
      .untilCondition('web', contested)
      .finally(() => second.stop());
    const { metadata } = (await loop.api.must('GET', cronJobPath(namespace, 'web-cleanup'))) as CronJob;
    expect(metadata.generation).toBeLessThan(20);
    await endsIn(namespace);
  });
});
