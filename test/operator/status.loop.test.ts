import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiVersion, kind } from '../../src/api/group.ts';
import type { CronJob, Job, Pod } from '../../src/api/kubernetes.ts';
import { taskLabel } from '../../src/desired/labels.ts';
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
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { endPodOf } from './kubelet.ts';
import { type RunningOperator, startOperator } from './run-operator.ts';

const namespace = 'status';

let controlPlane: ControlPlane;
let api: ApiClient;
let operator: RunningOperator;
/** How much later it is for the operator. */
let aheadMs = 0;

const parts = { now: () => new Date(Date.now() + aheadMs) };

beforeAll(async () => {
  controlPlane = await startControlPlane();
  api = new ApiClient(controlPlane);
  await installCrd(api);
  await createNamespace(api, namespace);
  operator = await startOperator(controlPlane.kubeconfig, ['--retry-min=1', '--retry-max=2'], parts);
});

afterAll(async () => {
  await operator.stop();
  await api.close();
  await controlPlane.stop();
});

/** A store that is Ready, and its CronJob. */
async function readyStore(name: string, spec = postgresSpec): Promise<CronJob> {
  await api.must('POST', storePath(namespace), { apiVersion, kind, metadata: { name }, spec });
  const job = await until(`the set-up Job of ${name}`, async () => {
    const selector = `sessionstore.dev/store=${name},${taskLabel}=setup`;
    const { items } = await api.must('GET', `${jobPath(namespace)}?labelSelector=${selector}`);
    return (items as Job[])[0];
  });
  await endPodOf(api, namespace, job.metadata.name, 0, setupResult());
  await untilCondition(api, { namespace, name }, { type: 'Ready', status: 'True' });
  return api.must('GET', cronJobPath(namespace, `${name}-cleanup`));
}

test('a clean-up whose node died is said not to end: Kubernetes itself never ends its Job', async () => {
  const cronJob = await readyStore('dead-node');
  const { jobTemplate } = cronJob.spec as unknown as {
    jobTemplate: { metadata: { labels: object }; spec: { template: { spec: object } } };
  };
  await api.must('POST', '/api/v1/nodes', { metadata: { name: 'dead' } });
  const owner = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    name: cronJob.metadata.name,
    uid: cronJob.metadata.uid,
  };
  const { template } = jobTemplate.spec;
  await api.must('POST', jobPath(namespace), {
    metadata: {
      name: 'stuck',
      labels: jobTemplate.metadata.labels,
      ownerReferences: [{ ...owner, controller: true }],
    },
    spec: {
      ...jobTemplate.spec,
      activeDeadlineSeconds: 1,
      // A pod of that node: no kubelet ever says that it is gone.
      template: { ...template, spec: { ...template.spec, nodeName: 'dead' } },
    },
  });
  const pod = await until('the pod to be told to go', async () => {
    const { items } = await api.must(
      'GET',
      `/api/v1/namespaces/${namespace}/pods?labelSelector=job-name=stuck`,
    );
    return (items as Pod[]).find(({ metadata }) => metadata.deletionTimestamp);
  });
  const { status } = (await api.must('GET', jobPath(namespace, 'stuck'))) as Job;
  expect(status?.conditions?.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
    'FailureTarget DeadlineExceeded',
  ]);
  // The operator looks again when somebody touches the store, six minutes later.
  aheadMs = 6 * 60_000;
  await api.merge(storePath(namespace, 'dead-node'), { metadata: { annotations: { touched: 'now' } } });
  const late = await untilCondition(
    api,
    { namespace, name: 'dead-node' },
    { type: 'CleanedUp', status: 'False' },
  );
  const condition = late.status?.conditions?.find(({ type }) => type === 'CleanedUp');
  expect(condition?.reason).toBe('JobNotEnding');
  expect(condition?.message).toContain(`its pod ${pod.metadata.name} on node dead was to be gone by`);
  aheadMs = 0;
});
