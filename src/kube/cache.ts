import type { KubeObject } from '../api/kubernetes.ts';
import { isNewer } from './resource-version.ts';

export const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;

/** Called for each changed object with its current state, or its last state if deleted. */
export type OnChange<T> = (object: T) => void;

/** More than can be deleted while one write waits for its response. */
const maxTombstones = 10_000;
/** More than the watch lags behind. */
const maxUnseenWrites = 1000;

/**
 * The latest known objects of one kind, by name and by owner. The result of a write is stored at once, so that a
 * reconcile sees its own writes; older versions that the watch reports later are dropped. Deleted objects stay deleted:
 * the response to a write may arrive after the watch has reported the deletion, and no further event would remove the
 * object.
 */
export class Cache<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #byOwner = new Map<string, Set<string>>();
  /** The uids of recently deleted objects, and the version of their deletion. */
  readonly #tombstones = new Map<string, string>();
  /** The versions of own writes that the watch has not reported yet, with the object's key. */
  readonly #unseenWrites = new Map<string, string>();
  readonly #onChange: OnChange<T>;

  readonly #transform: (object: T, known?: T) => T;

  /** `transform` reduces an object to the part that is stored; `known` is its version in the cache. */
  constructor(onChange: OnChange<T>, transform: (object: T, known?: T) => T = (object) => object) {
    this.#onChange = onChange;
    this.#transform = transform;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  ownedBy(uid: string): readonly T[] {
    return [...(this.#byOwner.get(uid) ?? [])].flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** Stores the result of a write, which the watch will report as well. `shouldNotify` is false if no decision depends on it. */
  recordWrite(whole: T, shouldNotify = true): void {
    if (!this.#store(whole, shouldNotify)) return;
    this.#unseenWrites.set(whole.metadata.resourceVersion, keyOf(whole));
    const [oldest] = this.#unseenWrites.keys();
    if (this.#unseenWrites.size > maxUnseenWrites && oldest !== undefined) this.#unseenWrites.delete(oldest);
  }

  /** True if the watch reports a write by this version, and its result or a newer version is still stored. */
  isEcho(version: string): boolean {
    const known = this.#objects.get(this.#unseenWrites.get(version) ?? '');
    this.#unseenWrites.delete(version);
    return known !== undefined && !isNewer(version, known.metadata.resourceVersion);
  }

  /** Stores the object, unless it is deleted or a newer object of its name is stored. */
  put(whole: T): void {
    this.#store(whole);
  }

  /** False if the object is not stored. */
  #store(whole: T, shouldNotify = true): boolean {
    const key = keyOf(whole);
    const known = this.#objects.get(key);
    const { uid: ownUid, resourceVersion } = whole.metadata;
    // An object that only lost the operator's label has a newer version when it comes back.
    if (isNewer(this.#tombstones.get(ownUid) ?? '', resourceVersion)) return false;
    if (known && !isNewer(resourceVersion, known.metadata.resourceVersion)) return false;
    if (known) this.#forgetOwners(key, known);
    const object = this.#transform(whole, known);
    this.#objects.set(key, object);
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const keys = this.#byOwner.get(uid) ?? new Set();
      this.#byOwner.set(uid, keys.add(key));
    }
    if (shouldNotify) this.#onChange(object);
    return true;
  }

  /**
   * Removes the object, unless another one of its name has been stored since. `version` is the version of its deletion.
   */
  remove(object: T, version = object.metadata.resourceVersion): void {
    const key = keyOf(object);
    this.#recordDeletion(object.metadata.uid, version);
    const known = this.#objects.get(key);
    if (!known || known.metadata.uid !== object.metadata.uid) return;
    this.#forgetOwners(key, known);
    this.#objects.delete(key);
    this.#onChange(object);
  }

  /** The part of an object that is stored; a list reduces each object to it as it arrives. */
  transform(object: T): T {
    return this.#transform(object);
  }

  /**
   * Stores the result of a list, which is complete for its namespace: objects that it lacks were deleted without an
   * event. Later versions stay.
   */
  replace(objects: readonly T[], listVersion: string, namespace?: string): void {
    const listed = new Map(objects.map((object) => [keyOf(object), object]));
    for (const [key, known] of this.#objects) {
      if (namespace !== undefined && known.metadata.namespace !== namespace) continue;
      const isGone = listed.get(key)?.metadata.uid !== known.metadata.uid;
      if (isGone && !isNewer(known.metadata.resourceVersion, listVersion)) this.remove(known, listVersion);
    }
    for (const object of objects) this.put(object);
  }

  /** Removes everything in its namespace, including the record of deletions: versions may be lower from now on. */
  clear(namespace?: string): void {
    this.#tombstones.clear();
    this.#unseenWrites.clear();
    for (const [key, known] of this.#objects) {
      if (namespace !== undefined && known.metadata.namespace !== namespace) continue;
      this.#forgetOwners(key, known);
      this.#objects.delete(key);
      this.#onChange(known);
    }
  }

  #recordDeletion(uid: string, version: string): void {
    this.#tombstones.delete(uid);
    this.#tombstones.set(uid, version);
    const [oldest] = this.#tombstones.keys();
    if (this.#tombstones.size > maxTombstones && oldest !== undefined) this.#tombstones.delete(oldest);
  }

  #forgetOwners(key: string, { metadata }: T): void {
    for (const { uid } of metadata.ownerReferences ?? []) {
      const keys = this.#byOwner.get(uid);
      keys?.delete(key);
      if (keys?.size === 0) this.#byOwner.delete(uid);
    }
  }
}
