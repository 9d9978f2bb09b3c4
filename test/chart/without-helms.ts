import type { AnyObject } from './chart.ts';

/** The labels and annotations that exist for Helm: those of the chart and of deploy/ may differ in these alone. */
const helms: ReadonlySet<string> = new Set([
  'helm.sh/chart',
  'helm.sh/resource-policy',
  'app.kubernetes.io/name',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/version',
  'app.kubernetes.io/managed-by',
]);

/** An object without Helm's labels and annotations. */
export function withoutHelms(object: AnyObject): AnyObject {
  const { labels, annotations, ...rest } = object.metadata;
  const others = (entries: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(entries).filter(([key]) => !helms.has(key)));
  return {
    ...object,
    metadata: { ...rest, labels: others(labels), annotations: others(annotations) },
  } as AnyObject;
}
