import { describe, expect, test } from 'vitest';
import type { Job } from '../../src/api/kubernetes.ts';
import { jobPath, until } from '../api-client.ts';
import { cleanupResult, postgresSpec, setupResult } from '../builders.ts';
import { mutatingPolicy } from '../mutating-policy.ts';
import { useLoop } from './loop.ts';
import { Namespace } from './namespace.ts';

const nightly = { 'kueue.x-k8s.io/queue-name': 'nightly' };
const trialPod = { restartPolicy: 'Never', containers: [{ name: 'trial', image: 'x' }] };

const loop = useLoop({
  namespaces: ['queue'],
  prepare: (api) =>
    mutatingPolicy(api, {
      name: 'queue',
      namespace: 'queue',
      labelled: nightly,
      resource: 'jobs',
      patch: '[JSONPatch{op: "add", path: "/spec/suspend", value: true}]',
      trial: { spec: { template: { spec: trialPod } }, isChanged: ({ suspend }) => suspend === true },
    }),
});
const queue = new Namespace(loop, 'queue');

describe('where a queue suspends each new Job with its label', () => {
  const resume = (job: string) => loop.api.merge(jobPath('queue', job), { spec: { suspend: false } });

  test('set-up waits, shown as that, until the queue resumes it', async () => {
    await queue.apply('web', { ...postgresSpec, childMetadata: { labels: { ...nightly, team: 'shop' } } });
    const { status } = await queue.untilCondition('web', {
      type: 'Ready',
      status: 'Unknown',
      reason: 'Queued',
    });
    const { name } = (await queue.setupJob('web')).metadata;
    expect(status?.conditions?.find(({ type }) => type === 'Ready')?.message).toContain(`Job ${name} waits`);
    await resume(name);
    await queue.endPodOf(name, setupResult());
    await queue.untilReady('web');
  });

  test('clean-up waits, shown as that, and the operator does not resume it', async () => {
    await queue.startCleanup('web', 'web-cleanup-1');
    await queue.untilCondition('web', { type: 'CleanedUp', status: 'Unknown', reason: 'Queued' });
    const job = (await loop.api.must('GET', jobPath('queue', 'web-cleanup-1'))) as Job;
    // A Job that was resumed in the meantime would be of another generation.
    expect(job).toMatchObject({ metadata: { generation: 1 }, spec: { suspend: true } });
    await resume('web-cleanup-1');
    await queue.endPodOf('web-cleanup-1', cleanupResult());
    await queue.untilCondition('web', { type: 'CleanedUp', status: 'True' });
  });

  test('cleanup.suspend takes a waiting run away, before the queue can start it', async () => {
    await queue.startCleanup('web', 'web-cleanup-2');
    await queue.untilCondition('web', { type: 'CleanedUp', status: 'Unknown', reason: 'Queued' });
    await queue.change('web', { spec: { cleanup: { suspend: true } } });
    await queue.untilGone(jobPath('queue', 'web-cleanup-2'));
  });

  test('a label that is asked for no more goes from the CronJob, and its next Job is not queued', async () => {
    const before = await queue.cronJob('web');
    expect(before.metadata.labels).toMatchObject({ ...nightly, team: 'shop' });
    const labels = { 'kueue.x-k8s.io/queue-name': null, cost: '12' };
    await queue.change('web', {
      spec: { cleanup: { suspend: false }, childMetadata: { labels } },
    });
    const { metadata, spec } = await until('the labels of the CronJob', async () => {
      const current = await queue.cronJob('web');
      return current.metadata.labels?.['cost'] === '12' && current;
    });
    const template = spec.jobTemplate.spec['template'] as Pick<Job, 'metadata'>;
    for (const of of [metadata, spec.jobTemplate.metadata, template.metadata]) {
      expect(of.labels).toMatchObject({ team: 'shop', cost: '12' });
      expect(of.labels).not.toHaveProperty('kueue.x-k8s.io/queue-name');
    }
    expect(metadata.uid).toBe(before.metadata.uid);
    await queue.startCleanup('web', 'web-cleanup-3');
    await queue.endPodOf('web-cleanup-3', cleanupResult());
    await queue.untilCondition('web', { type: 'CleanedUp', status: 'True' });
  });
});
