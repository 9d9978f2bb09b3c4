import type { SessionStoreResource } from '../api/session-store-resource.ts';
import { childKeysAnnotation, labelsOf, type Task } from '../state/labels.ts';
import type { PodOptions } from '../state/observed.ts';

type Map = Readonly<Record<string, string>>;

/**
 * The labels of a store's objects: those of all stores, those of this store, and the operator's own, which take
 * precedence.
 */
export const childLabels = (store: SessionStoreResource, task: Task, options: PodOptions): Map => ({
  ...options.childMetadata?.labels,
  ...store.spec.childMetadata?.labels,
  ...labelsOf(store, task),
});

export const childAnnotations = (store: SessionStoreResource, options: PodOptions): Map => ({
  ...options.childMetadata?.annotations,
  ...store.spec.childMetadata?.annotations,
});

const keysOf = (map: Map | undefined): string =>
  Object.keys(map ?? {})
    .sort()
    .join(',');

/**
 * The keys that come from childMetadata, as an annotation of the CronJob: an apply leaves the fields with which the
 * object was created, so the operator must know which keys to remove. Empty without childMetadata, which is the same as
 * an absent annotation.
 */
export function childKeys(store: SessionStoreResource, task: Task, options: PodOptions): Map {
  const own = labelsOf(store, task);
  const labels = Object.entries(childLabels(store, task, options)).filter(([key]) => !(key in own));
  const keys = `${keysOf(Object.fromEntries(labels))};${keysOf(childAnnotations(store, options))}`;
  return { [childKeysAnnotation]: keys === ';' ? '' : keys };
}
