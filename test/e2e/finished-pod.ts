import { until } from '../api-client.ts';
import type { Namespace, Platform } from './platform.ts';

let pods = 0;

/** Runs a pod with one container to its end; what it prints. The pod is removed again. */
export async function finishedPod(
  { api, kubectl }: Platform,
  { name: namespace }: Namespace,
  purpose: string,
  spec: {
    readonly container: object;
    readonly volumes?: readonly object[];
    readonly securityContext?: object;
  },
): Promise<string> {
  pods += 1;
  const name = `${purpose}-${pods}`;
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const { container, ...rest } = spec;
  await api.must('POST', path, {
    metadata: { name },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', imagePullPolicy: 'IfNotPresent', ...container }],
      ...rest,
    },
  });
  const phase = await until(
    `pod ${name} to end`,
    async () => {
      const { status } = await api.must('GET', `${path}/${name}`);
      return (status.phase === 'Succeeded' || status.phase === 'Failed') && status.phase;
    },
    120_000,
  );
  const output = await kubectl(['logs', '-n', namespace, name]);
  await api.must('DELETE', `${path}/${name}`);
  if (phase === 'Failed') throw new Error(`Pod ${name} failed: ${output}`);
  return output;
}
