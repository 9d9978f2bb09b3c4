import type { SessionStoreResource } from '../api/session-store-resource.ts';
import { childKeysAnnotation, labelsOf, type Task } from '../state/labels.ts';
import type { OperatorOptions } from '../state/observed.ts';

type Map = Readonly<Record<string, string>>;

/** The labels of what is made for a store: of all stores, of this one, and the operator's own, which win. */
export const childLabels = (store: SessionStoreResource, task: Task, options: OperatorOptions): Map => ({
  ...options.childMetadata?.labels,
  ...store.spec.childMetadata?.labels,
  ...labelsOf(store, task),
});

export const childAnnotations = (store: SessionStoreResource, options: OperatorOptions): Map => ({
  ...options.childMetadata?.annotations,
  ...store.spec.childMetadata?.annotations,
});

const keysOf = (map: Map | undefined): string =>
  Object.keys(map ?? {})
    .sort()
    .join(',');

/**
 * Which keys come from childMetadata, as an annotation of the CronJob: an apply leaves what the object was created with, so a
 * key that is to go has to be known. Empty where there are none, which is no difference to a CronJob without it.
 */
export function childKeys(store: SessionStoreResource, task: Task, options: OperatorOptions): Map {
  const own = labelsOf(store, task);
  const labels = Object.entries(childLabels(store, task, options)).filter(([key]) => !(key in own));
  const keys = `${keysOf(Object.fromEntries(labels))};${keysOf(childAnnotations(store, options))}`;
  return { [childKeysAnnotation]: keys === ';' ? '' : keys };
}
