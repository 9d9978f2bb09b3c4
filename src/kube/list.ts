import { type CronJob, isOwnedBy, type Job, type Pod } from '../api/kubernetes.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import { managedByLabel, manager } from '../state/labels.ts';
import { ifFound } from './api-error.ts';
import type { ApiServer, Request } from './api-server.ts';
import { ResponseTooLarge } from './http.ts';
import { cronJobsPath, podsPath, storesPath } from './paths.ts';
import { boundedCronJob, projectForeignPod, projectPod } from './projection.ts';
import { boundedStore } from './store-projection.ts';

/** One page of a list. */
export interface Page<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[];
  readonly kind: string;
  readonly apiVersion: string;
}

const maxPage = 500;
/** A larger page is requested again with half the limit, because 500 objects could be 750 MB of text. */
const maxPageBytes = 8 * 2 ** 20;

/** The pages of a list, all as of the newest version at the time of the request. */
export async function* pagesOf<T>(
  server: ApiServer,
  path: string,
  selector: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
  maxObjects = maxPage,
): AsyncGenerator<Page<T>> {
  let limit = maxObjects;
  for (let next: string | undefined = ''; next !== undefined; ) {
    const query: Request['query'] = { ...selector, limit: String(limit), ...(next && { continue: next }) };
    // A single object is read at any size.
    const callOptions = { signal, maxBytes: limit > 1 ? maxPageBytes : undefined };
    const page: Page<T> | undefined = await server
      .request<Page<T>>({ method: 'GET', path, query }, callOptions)
      .catch(whereTooLarge);
    if (page) {
      yield page;
      next = page.metadata.continue || undefined;
    } else limit = Math.ceil(limit / 2);
  }
}

function whereTooLarge(error: unknown): undefined {
  if (!(error instanceof ResponseTooLarge)) throw error;
}

/** Every object of a list; `transform` reduces each as its page arrives. */
export async function allOf<T>(
  server: ApiServer,
  path: string,
  selector: Readonly<Record<string, string>> = {},
  transform: (object: T) => T = (object) => object,
): Promise<readonly T[]> {
  const objects: T[] = [];
  for await (const page of pagesOf<T>(server, path, selector)) objects.push(...page.items.map(transform));
  return objects;
}

/**
 * The pods of a namespace that have not ended, of any owner. Requested from the API server, because caches lag behind.
 */
export const unfinishedPods = (server: ApiServer, namespace: string): Promise<readonly Pod[]> =>
  allOf(
    server,
    podsPath(namespace),
    { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' },
    projectForeignPod,
  );

/** The pods of a Job as the caches keep them. Requested from the API server, because a watch may be behind another. */
export async function podsOf(server: ApiServer, job: Job): Promise<readonly Pod[]> {
  const { namespace, name } = job.metadata;
  const labelSelector = `${managedByLabel}=${manager},batch.kubernetes.io/job-name=${name}`;
  const pods = await allOf<Pod>(server, podsPath(namespace), { labelSelector }, projectPod);
  return pods.filter((pod) => isOwnedBy(pod, job));
}

/** Reads again from the API server what a cache keeps in part; undefined where it is gone. */
export interface ApiReader {
  sessionStore(namespace: string, name: string): Promise<SessionStoreResource | undefined>;
  cronJob(namespace: string, name: string): Promise<CronJob | undefined>;
}

export function apiReader(server: ApiServer): ApiReader {
  const read = <T>(path: string): Promise<T | undefined> =>
    ifFound(server.request<T>({ method: 'GET', path }));
  return {
    sessionStore: async (namespace, name) => {
      const store = await read<SessionStoreResource>(storesPath(namespace, name));
      return store && boundedStore(store);
    },
    cronJob: async (namespace, name) => {
      const cronJob = await read<CronJob>(cronJobsPath(namespace, name));
      return cronJob && boundedCronJob(cronJob);
    },
  };
}
