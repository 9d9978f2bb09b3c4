import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { Access } from './access.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
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
    throw new CliError(
      exitCodes.usage,
      'Expected the name of a store, or --all-namespaces or --selector; got both',
    );
  return [await sessionStore(access, name)];
}
