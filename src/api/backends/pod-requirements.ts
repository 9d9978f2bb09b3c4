/** Requirements of a store's pod beyond the runner itself; desired/ turns them into a pod template. */
export interface PodRequirements {
  /** Image of the runner if the plain one is not enough: `python` contains Python and the packages of its stores. */
  readonly image?: 'python';
  /** Default memory limit if the runner's own limit is not enough. */
  readonly memoryLimit?: string;
  /** The claim to mount, whole, at `volumeMountPath`. */
  readonly claimName?: string;
  /**
   * Labels of pods whose node the run needs, for a ReadWriteOnce claim: they become a pod affinity. While no such pod
   * runs, the run may use any node.
   */
  readonly colocateWith?: Readonly<Record<string, string>>;
  /** True if the store can be reached, or used safely, only on the node of these pods. */
  readonly needsNeighbour?: boolean;
}

/** Where a store's claim is mounted in the runner's pod. */
export const volumeMountPath = '/volume';

/**
 * Mount path of the connection's Secret, with one file for each key. The volume is optional: the folder may be empty.
 */
export const connectionMountPath = '/connection';

/** The only writable place outside the claim: an emptyDir, for a library that needs one. */
export const temporaryMountPath = '/tmp';
