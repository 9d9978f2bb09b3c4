import type { Pod } from '../../src/api/kubernetes.ts';
import type { RunnerResult } from '../../src/api/runner-result.ts';
import { type ApiClient, until } from '../api-client.ts';

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
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const pod = await until(`a pod of ${jobName}`, async () => {
    const { items } = await api.must('GET', `${pods}?labelSelector=batch.kubernetes.io/job-name=${jobName}`);
    return (items as Pod[]).find(({ status }) => status?.phase === 'Pending' || status?.phase === 'Running');
  });
  const time = new Date().toISOString().replace(/\.\d+Z/, 'Z');
  const terminated = {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: time,
    finishedAt: time,
    containerID: 'containerd://none',
    ...(result && { message: JSON.stringify(result) }),
  };
  const containerStatuses = [
    { name: 'runner', image: 'x', imageID: 'x', ready: false, restartCount: 0, state: { terminated } },
  ];
  await api.merge(`${pods}/${pod.metadata.name}/status`, {
    status: { phase: exitCode === 0 ? 'Succeeded' : 'Failed', containerStatuses },
  });
}
