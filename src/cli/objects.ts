import { isOwnedBy, type KubeObject } from '../api/kubernetes.ts';
import { byAge } from '../state/times.ts';

/** The object that was created last. */
export const newestOf = <T extends KubeObject>(objects: readonly T[]): T | undefined =>
  objects.toSorted(byAge).at(-1);

/** The objects of this owner. */
export const ownedBy = <T extends KubeObject>(objects: readonly T[], owner: KubeObject): readonly T[] =>
  objects.filter((object) => isOwnedBy(object, owner));
