import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { Access } from './access.ts';
import { usageError } from './cli-error.ts';
import { sessionStore, sessionStores } from './session-stores.ts';

/** The options that choose among many stores. */
export interface SelectionOptions {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
}

/** The store of that name; without a name, the stores that the options choose. */
export async function selectedStores(
  access: Access,
  name: string | undefined,
  { allNamespaces, selector }: SelectionOptions,
): Promise<readonly SessionStoreResource[]> {
  if (name === undefined)
    return sessionStores(access, allNamespaces ? undefined : access.namespace, selector);
  if (allNamespaces || selector !== undefined)
    throw usageError('Expected the name of a store, or --all-namespaces or --selector; got both');
  return [await sessionStore(access, name)];
}
