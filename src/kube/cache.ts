import type { KubeObject } from '../api/kubernetes.ts';
import { isNewer } from './resource-version.ts';

export const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;

/** What an object gave or gives reason to look at: its present form, or the last one where it is gone. */
export type OnChange<T> = (object: T) => void;

/** More than can be deleted while one write waits for its answer. */
const maxGone = 10_000;

/**
 * The objects of one kind as last heard of, by name and by owner. What a write returned goes in at once, so that a
 * reconcile sees its own writes; what the watch tells later of an older version is dropped. What is gone stays gone: the
 * answer to a write may come after the watch has told of the deletion, and nobody would tell of it again.
 */
export class Cache<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #byOwner = new Map<string, Set<string>>();
  /** The uids that went last, and the version at which they did. */
  readonly #gone = new Map<string, string>();
  readonly #onChange: OnChange<T>;

  readonly #kept: (object: T) => T;

  /** `kept` reduces an object to the part that is kept. */
  constructor(onChange: OnChange<T>, kept: (object: T) => T = (object) => object) {
    this.#onChange = onChange;
    this.#kept = kept;
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

  /** Takes the object in, unless it is gone, or a newer one of its name is there. */
  put(whole: T): void {
    const key = keyOf(whole);
    const known = this.#objects.get(key);
    const { uid: ownUid, resourceVersion } = whole.metadata;
    // One that only lost our label is newer when it comes back.
    if (isNewer(this.#gone.get(ownUid) ?? '', resourceVersion)) return;
    if (known && !isNewer(resourceVersion, known.metadata.resourceVersion)) return;
    if (known) this.#forgetOwners(key, known);
    const object = this.#kept(whole);
    this.#objects.set(key, object);
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const keys = this.#byOwner.get(uid) ?? new Set();
      this.#byOwner.set(uid, keys.add(key));
    }
    this.#onChange(object);
  }

  /** Lets the object go, unless another of its name has come since. `version` is the one that it went at. */
  remove(object: T, version = object.metadata.resourceVersion): void {
    const key = keyOf(object);
    this.#remember(object.metadata.uid, version);
    const known = this.#objects.get(key);
    if (!known || known.metadata.uid !== object.metadata.uid) return;
    this.#forgetOwners(key, known);
    this.#objects.delete(key);
    this.#onChange(object);
  }

  /** The part of an object that is kept; a list reduces each object to it as it arrives. */
  kept(object: T): T {
    return this.#kept(object);
  }

  /** What a list found is all there is, in its namespace: what it lacks was deleted unseen. Later versions stay. */
  replace(objects: readonly T[], listVersion: string, namespace?: string): void {
    const listed = new Map(objects.map((object) => [keyOf(object), object]));
    for (const [key, known] of this.#objects) {
      if (namespace !== undefined && known.metadata.namespace !== namespace) continue;
      const isGone = listed.get(key)?.metadata.uid !== known.metadata.uid;
      if (isGone && !isNewer(known.metadata.resourceVersion, listVersion)) this.remove(known, listVersion);
    }
    for (const object of objects) this.put(object);
  }

  /** Forgets everything, in its namespace, what went as well: versions that come now may be lower. */
  clear(namespace?: string): void {
    this.#gone.clear();
    for (const [key, known] of this.#objects) {
      if (namespace !== undefined && known.metadata.namespace !== namespace) continue;
      this.#forgetOwners(key, known);
      this.#objects.delete(key);
      this.#onChange(known);
    }
  }

  #remember(uid: string, version: string): void {
    this.#gone.delete(uid);
    this.#gone.set(uid, version);
    const [oldest] = this.#gone.keys();
    if (this.#gone.size > maxGone && oldest !== undefined) this.#gone.delete(oldest);
  }

  #forgetOwners(key: string, { metadata }: T): void {
    for (const { uid } of metadata.ownerReferences ?? []) {
      const keys = this.#byOwner.get(uid);
      keys?.delete(key);
      if (keys?.size === 0) this.#byOwner.delete(uid);
    }
  }
}
