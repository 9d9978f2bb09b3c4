import { apiVersion, plural } from '../api/group.ts';

/** The paths of a resource in the API: of all its objects, those of a namespace, or a single one. */
export const pathsOf =
  (api: string, resource: string) =>
  (namespace?: string, name?: string): string =>
    [
      api,
      ...(namespace === undefined ? [] : ['namespaces', namespace]),
      resource,
      ...(name === undefined ? [] : [name]),
    ].join('/');

const core = '/api/v1';
const batch = '/apis/batch/v1';

export const storesPath = pathsOf(`/apis/${apiVersion}`, plural);
export const jobsPath = pathsOf(batch, 'jobs');
export const cronJobsPath = pathsOf(batch, 'cronjobs');
export const podsPath = pathsOf(core, 'pods');
/** Events as the core group has them, which field selectors can search. */
export const coreEventsPath = pathsOf(core, 'events');
/** Events as they are written. */
export const eventsPath = pathsOf('/apis/events.k8s.io/v1', 'events');
export const deploymentsPath = pathsOf('/apis/apps/v1', 'deployments');
export const leasesPath = pathsOf('/apis/coordination.k8s.io/v1', 'leases');
export const namespacesPath = `${core}/namespaces`;
/** The namespace with the uid that identifies the cluster. */
export const kubeSystemPath = `${namespacesPath}/kube-system`;
