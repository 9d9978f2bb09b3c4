import type { Pod } from '../../src/api/kubernetes.ts';
import type { RunnerResult } from '../../src/api/runner-result.ts';
import { type ApiClient, until } from '../api-client.ts';

/** The label by which Kubernetes finds the pods of a Job. */
export const jobNameLabel = 'batch.kubernetes.io/job-name';

const podsPath = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;

/** The pod of a Job that has not ended; waits until there is one. */
export const openPodOf = (api: ApiClient, namespace: string, jobName: string): Promise<Pod> =>
  until(`a pod of ${jobName}`, async () => {
    const selector = `labelSelector=${jobNameLabel}=${jobName}`;
    const { items } = await api.must('GET', `${podsPath(namespace)}?${selector}`);
    return (items as Pod[]).find(({ status }) => status?.phase === 'Pending' || status?.phase === 'Running');
  });

const now = (): string => new Date().toISOString().replace(/\.\d+Z/, 'Z');

const container = (state: object) => ({
  name: 'runner',
  image: 'x',
  imageID: 'x',
  ready: false,
  restartCount: 0,
  state,
});

/** The report of a kubelet that a Job's pod runs. */
export async function runPodOf(api: ApiClient, namespace: string, jobName: string): Promise<void> {
  const { metadata } = await openPodOf(api, namespace, jobName);
  const containerStatuses = [container({ running: { startedAt: now() } })];
  await api.merge(`${podsPath(namespace)}/${metadata.name}/status`, {
    status: { phase: 'Running', containerStatuses },
  });
}

/** The report of a kubelet that does not create the container of a Job's pod yet. */
export async function waitPodOf(
  api: ApiClient,
  namespace: string,
  jobName: string,
  reason: string,
): Promise<void> {
  const { metadata } = await openPodOf(api, namespace, jobName);
  const conditions = [{ type: 'PodScheduled', status: 'True' }];
  const containerStatuses = [container({ waiting: { reason } })];
  await api.merge(`${podsPath(namespace)}/${metadata.name}/status`, {
    status: { phase: 'Pending', conditions, containerStatuses },
  });
}

/**
 * The report of a kubelet, on a control plane without nodes: a Job's pod ends with an exit code and a termination
 * message. Everything else about Job and pod is done by Kubernetes itself.
 */
export async function endPodOf(
  api: ApiClient,
  namespace: string,
  jobName: string,
  exitCode: number,
  result?: RunnerResult,
): Promise<void> {
  const { metadata } = await openPodOf(api, namespace, jobName);
  await endPod(api, { namespace, name: metadata.name }, exitCode, result);
}

/** The same of a pod whose name is known. */
export async function endPod(
  api: ApiClient,
  pod: { readonly namespace: string; readonly name: string },
  exitCode: number,
  result?: RunnerResult,
): Promise<void> {
  const time = now();
  const terminated = {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: time,
    finishedAt: time,
    containerID: 'containerd://none',
    ...(result && { message: JSON.stringify(result) }),
  };
  const containerStatuses = [container({ terminated })];
  await api.merge(`${podsPath(pod.namespace)}/${pod.name}/status`, {
    status: { phase: exitCode === 0 ? 'Succeeded' : 'Failed', containerStatuses },
  });
}
