import type { Pod } from '../api/kubernetes.ts';
import type { ApiServer, Request } from './api-server.ts';
import { AnswerTooLarge } from './http.ts';
import { neighbour } from './projection.ts';

/** One page of a list. */
export interface Page<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[];
  readonly kind: string;
  readonly apiVersion: string;
}

const maxPage = 500;
/** A larger page is requested again with half the limit: 500 objects could be 750 MB of text. */
const maxPageBytes = 8 * 2 ** 20;

/** A list's pages as of one version, the newest there is when it is asked for. */
export async function* pagesOf<T>(
  server: ApiServer,
  path: string,
  selector: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): AsyncGenerator<Page<T>> {
  let limit = maxPage;
  for (let next: string | undefined = ''; next !== undefined; ) {
    const query: Request['query'] = { ...selector, limit: String(limit), ...(next && { continue: next }) };
    // A single object is read at any size.
    const patience = { signal, maxBytes: limit > 1 ? maxPageBytes : undefined };
    const page: Page<T> | undefined = await server
      .request<Page<T>>({ method: 'GET', path, query }, patience)
      .catch(whereTooLarge);
    if (page) {
      yield page;
      next = page.metadata.continue || undefined;
    } else limit = Math.ceil(limit / 2);
  }
}

function whereTooLarge(error: unknown): undefined {
  if (!(error instanceof AnswerTooLarge)) throw error;
}

/** The pods of a namespace that have not ended, whoever made them: asked of the API server, as caches lag behind. */
export async function unfinishedPods(server: ApiServer, namespace: string): Promise<readonly Pod[]> {
  const fieldSelector = 'status.phase!=Succeeded,status.phase!=Failed';
  const pods: Pod[] = [];
  for await (const page of pagesOf<Pod>(server, `/api/v1/namespaces/${namespace}/pods`, { fieldSelector }))
    pods.push(...page.items.map(neighbour));
  return pods;
}
