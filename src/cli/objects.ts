import type { KubeObject } from '../api/kubernetes.ts';
import type { ApiServer } from '../kube/api-server.ts';
import { pagesOf } from '../kube/list.ts';
import { byAge } from '../state/times.ts';

/** The path of the Jobs of a namespace. */
export const jobsPath = (namespace: string): string => `/apis/batch/v1/namespaces/${namespace}/jobs`;

/** The path of the pods of a namespace. */
export const podsPath = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;

/** Every object of a list. */
export async function allOf<T>(
  server: ApiServer,
  path: string,
  selector: Readonly<Record<string, string>> = {},
): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const page of pagesOf<T>(server, path, selector)) items.push(...page.items);
  return items;
}

/** The object that was created last. */
export const newestOf = <T extends KubeObject>(objects: readonly T[]): T | undefined =>
  objects.toSorted(byAge).at(-1);

/** The objects of this owner. */
export const ownedBy = <T extends KubeObject>(objects: readonly T[], owner: KubeObject): readonly T[] =>
  objects.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid));
