import type { Pod } from '../../api/kubernetes.ts';

/** The user and groups of a pod, and its node. */
export interface Neighbour {
  readonly node: string;
  readonly securityContext: SecurityContext;
}

interface SecurityContext {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly fsGroup?: number;
  readonly supplementalGroups?: readonly number[];
}

type PodSpec = Pod['spec'] & { readonly securityContext?: SecurityContext };

const mounts = (spec: PodSpec | undefined, claimName: string): boolean =>
  spec?.volumes?.some((volume) => volume.persistentVolumeClaim?.claimName === claimName) ?? false;

/** Users and groups with which the files can be read as the pod does; the runner is never root. */
function readerOf({ runAsUser, runAsGroup, fsGroup, supplementalGroups = [] }: SecurityContext) {
  const groups = [...supplementalGroups, ...(fsGroup === undefined ? [] : [fsGroup])];
  return {
    ...(runAsUser && { runAsUser, ...(runAsGroup !== undefined && { runAsGroup }) }),
    ...(groups.length > 0 && { supplementalGroups: groups }),
  };
}

/**
 * A pod on a node that mounts the claim: a claim for one node can be mounted there alone, and its files may be readable
 * for that pod's user alone. Undefined where no pod has it.
 */
export function neighbourIn(pods: readonly Pod[], claimName: string): Neighbour | undefined {
  const spec: PodSpec | undefined = pods.find(
    ({ spec }) => spec?.nodeName !== undefined && mounts(spec, claimName),
  )?.spec;
  if (spec?.nodeName === undefined) return undefined;
  return { node: spec.nodeName, securityContext: readerOf(spec.securityContext ?? {}) };
}
