import type { Job } from '../../api/kubernetes.ts';
import { isApiError } from '../../kube/api-error.ts';
import type { ApiServer } from '../../kube/api-server.ts';
import { jobsPath } from '../../kube/paths.ts';
import { forbiddenError } from '../cli-error.ts';
import { toDeleteJobs } from './rights.ts';

/**
 * Deletes a run's Job and its pods, whose runner is told to stop: it ends after its current step. Suspending the Job
 * instead would leave it waiting, in the way of the next runs.
 */
export async function stopRun(server: ApiServer, { metadata }: Job): Promise<void> {
  const { namespace, name, uid } = metadata;
  try {
    await server.request({
      method: 'DELETE',
      path: jobsPath(namespace, name),
      body: { propagationPolicy: 'Background', preconditions: { uid } },
    });
  } catch (error) {
    if (isApiError(error, 404) || isApiError(error, 409)) return;
    if (!isApiError(error, 403)) throw error;
    throw forbiddenError(error, { ...toDeleteJobs, namespace });
  }
}
