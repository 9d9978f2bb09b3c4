/**
 * Whether somebody may have a claim's files open, as far as Kubernetes knows. Pure: of the claim and the namespace's
 * Pods as they were observed.
 *
 * What it does not cover: a Pod that starts after it was asked (only a ReadWriteOncePod claim keeps that one out), a
 * volume that two claims share (an NFS export, a hostPath), programs that are no Pods. On one node the kernel tells
 * the runner of those, for every kind of dbm but dumb.
 */

/** The part of a Pod that is looked at. */
export interface PodView {
  readonly metadata?: { readonly name?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly volumes?: readonly {
      readonly name: string;
      readonly persistentVolumeClaim?: { readonly claimName: string };
      readonly ephemeral?: unknown;
    }[];
  };
  readonly status?: { readonly phase?: string };
}

/** The part of a PersistentVolumeClaim that is looked at. */
export interface ClaimView {
  readonly spec?: { readonly accessModes?: readonly string[] };
}

/**
 * The names of the Pods that mount the claim and have not ended, sorted. `isOwn` tells the runner's own Pods, which are
 * left out. A Pod that is still pending counts: its node may be about to mount it.
 */
export function podsMounting(
  claimName: string,
  pods: readonly PodView[],
  isOwn: (labels: Readonly<Record<string, string>>) => boolean,
): readonly string[] {
  return pods
    .filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
    .filter(({ metadata }) => !isOwn(metadata?.labels ?? {}))
    .filter((pod) => claimsOf(pod).includes(claimName))
    .map(({ metadata }) => metadata?.name ?? '')
    .sort();
}

function claimsOf({ metadata, spec }: PodView): readonly string[] {
  return (spec?.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim) return [volume.persistentVolumeClaim.claimName];
    // The claim that Kubernetes makes for a generic ephemeral volume.
    return volume.ephemeral === undefined ? [] : [`${metadata?.name}-${volume.name}`];
  });
}

export type Use =
  /** Kubernetes itself lets one Pod at a time use the claim: the runner's waits until it may. */
  | { readonly kind: 'Exclusive' }
  | { readonly kind: 'Unused' }
  /** Clean-up has to wait. */
  | { readonly kind: 'InUse'; readonly message: string };

/** Whether a store that nobody may use meanwhile can be cleaned now, and if not, the sentence that says why. */
export function useOf(claimName: string, claim: ClaimView | undefined, mounting: readonly string[]): Use {
  const modes = claim?.spec?.accessModes ?? [];
  if (modes.length === 1 && modes[0] === 'ReadWriteOncePod') return { kind: 'Exclusive' };
  if (mounting.length === 0) return { kind: 'Unused' };
  const named =
    mounting.slice(0, 3).join(', ') + (mounting.length > 3 ? ` and ${mounting.length - 3} more` : '');
  return {
    kind: 'InUse',
    message:
      `Expected no running pod to mount claim ${claimName}, as whileInUse is Refuse; found ${named}. Scale the ` +
      'application down for the time of a clean-up, set whileInUse: Tolerate if the kind of dbm allows it, or use the ' +
      'Safe form.',
  };
}
