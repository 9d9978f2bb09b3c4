import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../scripts/cluster/control-plane.ts';
import { apiVersion, kind } from '../../src/api/group.ts';
import type { CronJob, Job } from '../../src/api/kubernetes.ts';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
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
import { cleanupResult, postgresSpec, setupResult } from '../builders.ts';
import { mutatingPolicy } from '../mutating-policy.ts';
import { endPodOf } from './kubelet.ts';
import { type RunningOperator, startOperator } from './run-operator.ts';

let controlPlane: ControlPlane;
let api: ApiClient;
let operator: RunningOperator;

const nightly = { 'kueue.x-k8s.io/queue-name': 'nightly' };
const trialPod = { restartPolicy: 'Never', containers: [{ name: 'trial', image: 'x' }] };

beforeAll(async () => {
  controlPlane = await startControlPlane();
  api = new ApiClient(controlPlane);
  await installCrd(api);
  await createNamespace(api, 'queue');
  await mutatingPolicy(api, {
    name: 'queue',
    namespace: 'queue',
    labelled: nightly,
    resource: 'jobs',
    patch: '[JSONPatch{op: "add", path: "/spec/suspend", value: true}]',
    trial: { spec: { template: { spec: trialPod } }, isChanged: ({ suspend }) => suspend === true },
  });
  operator = await startOperator(controlPlane.kubeconfig);
});

afterAll(async () => {
  await operator.stop();
  await api.close();
  await controlPlane.stop();
});

const apply = (namespace: string, name: string, spec: SessionStoreSpec) =>
  api.must('POST', storePath(namespace), { apiVersion, kind, metadata: { name }, spec });

async function setupJobOf(namespace: string, name: string): Promise<Job> {
  const selector = `sessionstore.dev/store=${name},sessionstore.dev/task=setup`;
  return until(`the set-up Job of ${name}`, async () => {
    const { items } = await api.must('GET', `${jobPath(namespace)}?labelSelector=${selector}`);
    return (items as Job[]).at(-1);
  });
}

type MadeCronJob = CronJob & { readonly spec: { readonly jobTemplate: Pick<Job, 'metadata' | 'spec'> } };

/** What the CronJob's controller does at the scheduled time. */
async function startCleanup(namespace: string, cronJobName: string, name: string): Promise<void> {
  const { metadata, spec } = (await api.must('GET', cronJobPath(namespace, cronJobName))) as MadeCronJob;
  const { labels, annotations } = spec.jobTemplate.metadata;
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: cronJobName, uid: metadata.uid };
  await api.must('POST', jobPath(namespace), {
    metadata: { name, labels, annotations, ownerReferences: [{ ...owner, controller: true }] },
    spec: spec.jobTemplate.spec,
  });
}

describe('where a queue suspends each new Job with its label', () => {
  const store = { namespace: 'queue', name: 'web' };
  const resume = (job: string) => api.merge(jobPath('queue', job), { spec: { suspend: false } });

  test('set-up waits, shown as that, until the queue resumes it', async () => {
    await apply('queue', 'web', { ...postgresSpec, childMetadata: { labels: { ...nightly, team: 'shop' } } });
    const { status } = await untilCondition(api, store, {
      type: 'Ready',
      status: 'Unknown',
      reason: 'Queued',
    });
    const { name } = (await setupJobOf('queue', 'web')).metadata;
    expect(status?.conditions?.find(({ type }) => type === 'Ready')?.message).toContain(`Job ${name} waits`);
    await resume(name);
    await endPodOf(api, 'queue', name, 0, setupResult());
    await untilCondition(api, store, { type: 'Ready', status: 'True' });
  });

  test('so does clean-up, which the operator does not resume', async () => {
    await startCleanup('queue', 'web-cleanup', 'web-cleanup-1');
    await untilCondition(api, store, { type: 'CleanedUp', status: 'Unknown', reason: 'Queued' });
    const job = (await api.must('GET', jobPath('queue', 'web-cleanup-1'))) as Job;
    // A Job that was resumed in the meantime would be of another generation.
    expect(job).toMatchObject({ metadata: { generation: 1 }, spec: { suspend: true } });
    await resume('web-cleanup-1');
    await endPodOf(api, 'queue', 'web-cleanup-1', 0, { ...cleanupResult(), command: 'delete-old' });
    await untilCondition(api, store, { type: 'CleanedUp', status: 'True' });
  });

  test('cleanup.suspend takes a waiting run away, before the queue can start it', async () => {
    await startCleanup('queue', 'web-cleanup', 'web-cleanup-2');
    await untilCondition(api, store, { type: 'CleanedUp', status: 'Unknown', reason: 'Queued' });
    await api.merge(storePath('queue', 'web'), { spec: { cleanup: { suspend: true } } });
    await until(
      'the Job to be gone',
      async () => (await api.request('GET', jobPath('queue', 'web-cleanup-2'))).status === 404,
    );
  });

  test('a label that is asked for no more goes from the CronJob, and its next Job is not queued', async () => {
    const path = cronJobPath('queue', 'web-cleanup');
    const before = (await api.must('GET', path)) as MadeCronJob;
    expect(before.metadata.labels).toMatchObject({ ...nightly, team: 'shop' });
    const labels = { 'kueue.x-k8s.io/queue-name': null, cost: '12' };
    await api.merge(storePath('queue', 'web'), {
      spec: { cleanup: { suspend: false }, childMetadata: { labels } },
    });
    const { metadata, spec } = await until('the labels of the CronJob', async () => {
      const current = (await api.must('GET', path)) as MadeCronJob;
      return current.metadata.labels?.['cost'] === '12' && current;
    });
    const template = spec.jobTemplate.spec['template'] as Pick<Job, 'metadata'>;
    for (const of of [metadata, spec.jobTemplate.metadata, template.metadata]) {
      expect(of.labels).toMatchObject({ team: 'shop', cost: '12' });
      expect(of.labels).not.toHaveProperty('kueue.x-k8s.io/queue-name');
    }
    expect(metadata.uid).toBe(before.metadata.uid);
    await startCleanup('queue', 'web-cleanup', 'web-cleanup-3');
    await endPodOf(api, 'queue', 'web-cleanup-3', 0, { ...cleanupResult(), command: 'delete-old' });
    await untilCondition(api, store, { type: 'CleanedUp', status: 'True' });
  });
});
