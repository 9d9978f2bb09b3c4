import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import type { Access } from '../access.ts';
import { usageError } from '../cli-error.ts';
import { sessionStore, sessionStores } from '../session-stores.ts';

/** The ways to name stores. */
export interface Choice {
  readonly all?: boolean;
  readonly selector?: string;
}

/** The stores that arguments and options name, each once; there is at least one. */
export async function chosenStores(
  access: Access,
  names: readonly string[],
  { all = false, selector }: Choice,
): Promise<readonly SessionStoreResource[]> {
  const ways = Number(names.length > 0) + Number(all) + Number(selector !== undefined);
  if (ways !== 1)
    throw usageError('Expected names of SessionStores, or --all, or --selector: one of the three');
  if (names.length > 0) return Promise.all([...new Set(names)].map((name) => sessionStore(access, name)));
  const found = await sessionStores(access, access.namespace, selector);
  // Of all stores, those without clean-up are not meant.
  const stores = all ? found.filter(({ spec }) => spec.cleanup !== undefined) : found;
  const which = selector === undefined ? 'with cleanup' : `with the labels ${selector}`;
  if (stores.length === 0)
    throw usageError(`Expected SessionStores ${which} in namespace ${access.namespace}; found none`);
  return stores;
}
