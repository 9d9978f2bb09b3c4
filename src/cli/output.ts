import { stringify } from 'yaml';
import { group, plural } from '../api/group.ts';
import type { KubeObject } from '../api/kubernetes.ts';

/** Values as kubectl would print them: one by itself, several as a List. */
export function printed(values: readonly object[], format: 'json' | 'yaml'): string {
  const [only] = values;
  const value = values.length === 1 && only ? only : { apiVersion: 'v1', kind: 'List', items: values };
  return format === 'json' ? `${JSON.stringify(value, undefined, 2)}\n` : stringify(value);
}

/** `sessionstore.sessionstore.dev/shop`, the form that kubectl takes and prints. */
export const qualifiedName = (
  { metadata }: KubeObject,
  resource = plural.replace(/s$/, ''),
  of = group,
): string => `${resource}.${of}/${metadata.name}`;
