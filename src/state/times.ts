import type { KubeEvent, KubeObject } from '../api/kubernetes.ts';

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export const timeOf = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, 'Z');

/** When an event was last seen, in milliseconds; its creation if it has no other time. */
export const lastSeen = ({ lastTimestamp, eventTime, metadata }: KubeEvent): number =>
  Date.parse(lastTimestamp ?? eventTime ?? metadata.creationTimestamp);

/** Oldest first. Times are in whole seconds: of two objects of one second, the numbers in their names decide. */
export const byAge = (a: KubeObject, b: KubeObject): number =>
  Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
  a.metadata.name.localeCompare(b.metadata.name, 'en', { numeric: true });
