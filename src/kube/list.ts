import type { Pod } from '../api/kubernetes.ts';
import type { ApiServer } from './api-server.ts';

/** One page of a list. */
export interface Page<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[];
  readonly kind: string;
  readonly apiVersion: string;
}

const pageSize = '500';

/** A list's pages as of one version, the newest there is when it is asked for. */
export async function* pagesOf<T>(
  server: ApiServer,
  path: string,
  selector: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): AsyncGenerator<Page<T>> {
  let next: string | undefined;
  do {
    const query = { ...selector, limit: pageSize, ...(next && { continue: next }) };
    const page = await server.request<Page<T>>({ method: 'GET', path, query }, signal ? { signal } : {});
    yield page;
    next = page.metadata.continue;
  } while (next);
}

/** The pods of a namespace that have not ended, whoever made them: asked of the API server, as caches lag behind. */
export async function unfinishedPods(server: ApiServer, namespace: string): Promise<readonly Pod[]> {
  const fieldSelector = 'status.phase!=Succeeded,status.phase!=Failed';
  const pods: Pod[] = [];
  for await (const page of pagesOf<Pod>(server, `/api/v1/namespaces/${namespace}/pods`, { fieldSelector }))
    pods.push(...page.items);
  return pods;
}
