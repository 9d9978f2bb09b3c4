import { group, plural } from '../api/group.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import { type ApiError, isApiError } from '../kube/api-error.ts';
import { allOf } from '../kube/list.ts';
import { storesPath } from '../kube/paths.ts';
import { cliManager } from '../state/labels.ts';
import type { Access } from './access.ts';
import { CliError, forbiddenError, usageError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

const notInstalled = 'The API server knows no SessionStores: the operator is not installed in this cluster';

/** A request about SessionStores, of all namespaces if it names none. */
interface StoreRequest {
  readonly namespace: string | undefined;
  readonly verb: 'get' | 'list' | 'create' | 'update' | 'patch';
  /** Name of the single store that the request is about. */
  readonly name?: string;
}

const errorOf = (error: ApiError, { namespace, verb, name }: StoreRequest): Error => {
  if (error.code === 403) {
    const rule = { apiGroups: [group], resources: [plural], verbs: [verb] };
    return forbiddenError(error, { what: `${verb} SessionStores`, namespace, rule });
  }
  if (error.code !== 404) return error;
  const missing = /^namespaces "([^"]+)" not found/.exec(error.detail)?.[1];
  if (missing !== undefined) return usageError(`Expected an existing namespace; "${missing}" does not exist`);
  // The API server's own words for a path without a kind.
  const isUnknownKind = name === undefined || !error.message.includes(`"${name}"`);
  if (isUnknownKind) return new CliError(exitCodes.unavailable, notInstalled);
  return usageError(
    `Expected the name of a SessionStore in namespace ${namespace}; found none named "${name}"`,
  );
};

/** The response, or a CliError that says which right or object is missing. */
export async function translated<T>(response: Promise<T>, request: StoreRequest): Promise<T> {
  try {
    return await response;
  } catch (error) {
    const isKnown = isApiError(error, 403) || isApiError(error, 404);
    throw isKnown ? errorOf(error, request) : error;
  }
}

/** One SessionStore of the namespace; a CliError that says what is missing where it cannot be read. */
export const sessionStore = ({ server, namespace }: Access, name: string): Promise<SessionStoreResource> =>
  translated(server.request<SessionStoreResource>({ method: 'GET', path: storesPath(namespace, name) }), {
    namespace,
    verb: 'get',
    name,
  });

/** The SessionStores of a namespace, or of all that there are. */
export function sessionStores(
  { server }: Access,
  namespace?: string,
  labelSelector?: string,
): Promise<readonly SessionStoreResource[]> {
  const selector = labelSelector === undefined ? {} : { labelSelector };
  return translated(allOf<SessionStoreResource>(server, storesPath(namespace), selector), {
    namespace,
    verb: 'list',
  });
}

/** Merges a patch into a SessionStore; the API server checks the result. */
export const patchSessionStore = (
  { server, namespace }: Access,
  name: string,
  patch: { readonly metadata?: object; readonly spec?: object },
): Promise<SessionStoreResource> =>
  translated(
    server.request<SessionStoreResource>({
      method: 'PATCH',
      path: storesPath(namespace, name),
      query: { fieldManager: cliManager, fieldValidation: 'Strict' },
      contentType: 'application/merge-patch+json',
      body: patch,
    }),
    { namespace, verb: 'patch', name },
  );
