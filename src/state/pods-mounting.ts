import type { Pod } from '../api/kubernetes.ts';
import { managedByLabel, manager, taskLabel } from './labels.ts';

/** A pod of an own Job: labels alone are not enough, because users copy them into Deployments. */
const isRunner = ({ metadata }: Pod): boolean =>
  metadata.labels?.[managedByLabel] === manager &&
  metadata.labels[taskLabel] !== undefined &&
  metadata.ownerReferences?.some(({ kind, controller }) => kind === 'Job' && controller === true) === true;

function claimsOf({ metadata, spec }: Pod): readonly string[] {
  return (spec?.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim) return [volume.persistentVolumeClaim.claimName];
    // The claim that Kubernetes creates for a generic ephemeral volume.
    return volume.ephemeral === undefined ? [] : [`${metadata.name}-${volume.name}`];
  });
}

const hasEnded = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

/**
 * The names of the pods that mount the claim and have not ended, sorted, without the runner's own pods. A pending pod
 * counts, because its node may be about to mount the claim. docs/adr/0006 lists the cases that this does not cover.
 */
export function podsMounting(claimName: string, pods: readonly Pod[]): readonly string[] {
  return pods
    .filter((pod) => !hasEnded(pod) && !isRunner(pod) && claimsOf(pod).includes(claimName))
    .map(({ metadata }) => metadata.name)
    .sort();
}
