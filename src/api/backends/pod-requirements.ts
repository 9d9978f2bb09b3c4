/** What a store's pod needs beyond the runner itself; desired/ turns it into a pod template. */
export interface PodRequirements {
  /** The runner's image, where the plain one is not enough: `python` has Python and what its stores need. */
  readonly image?: 'python';
  /** What it may use where the user sets no resources, and the runner's own limit is not enough. */
  readonly memoryLimit?: string;
  /** The claim to mount, whole, at `volumeMountPath`. */
  readonly claimName?: string;
  /** Pods to run beside, for a ReadWriteOnce claim: becomes a pod affinity on the node. While none runs, any node will do, */
  readonly colocateWith?: Readonly<Record<string, string>>;
  /** unless the store is reached, or safe to be used, on their node alone. */
  readonly needsNeighbour?: boolean;
}

/** Where a store's claim is mounted in the runner's pod. */
export const volumeMountPath = '/volume';

/** Where the connection's Secret is mounted, one file a key. The volume is optional: the folder may be empty. */
export const connectionMountPath = '/connection';

/** The only writable place outside the claim: an emptyDir, for a library that needs one. */
export const temporaryMountPath = '/tmp';
