import { apiVersion } from '../../api/group.ts';
import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import { ifFound, isApiError } from '../../kube/api-error.ts';
import { kubeSystemPath, storesPath } from '../../kube/paths.ts';
import { cliManager } from '../../state/labels.ts';
import type { Access } from '../access.ts';
import { usageError } from '../cli-error.ts';
import { sessionStore, translated } from '../session-stores.ts';
import type { Terminal } from '../terminal.ts';
import { type Manifest, manifestsAt } from './manifest-files.ts';

/**
 * The manifest in the place of the store that exists under its name, in a dry run. It is not applied on top of it: the
 * fields that a manifest no longer has would stay, as they belong to whoever applied them.
 */
async function replaced(
  { server, namespace }: Pick<Access, 'server' | 'namespace'>,
  name: string,
  manifest: Manifest,
  tries = 3,
): Promise<SessionStoreResource> {
  const path = storesPath(namespace);
  const query = { fieldManager: cliManager, dryRun: 'All', fieldValidation: 'Strict' };
  const found = server.request<SessionStoreResource>({ method: 'GET', path: `${path}/${name}` });
  const existing = await translated(ifFound(found), { namespace, verb: 'get', name });
  if (!existing)
    return translated(server.request({ method: 'POST', path, query, body: manifest }), {
      namespace,
      verb: 'create',
    });
  const { resourceVersion } = existing.metadata;
  const metadata = { ...existing.metadata, ...manifest.metadata, resourceVersion };
  const put = { method: 'PUT', path: `${path}/${name}`, query, body: { ...manifest, metadata } } as const;
  try {
    return await translated(server.request<SessionStoreResource>(put), { namespace, verb: 'update' });
  } catch (error) {
    // The operator wrote its status in between.
    if (isApiError(error, 409) && tries > 1)
      return replaced({ server, namespace }, name, manifest, tries - 1);
    throw error;
  }
}

/**
 * The store as the API server would accept it, with its defaults: a manifest that it refuses is refused here with the
 * same words. The API server stores no part of it.
 */
async function validated(access: Access, manifest: Manifest): Promise<SessionStoreResource> {
  const { name } = manifest.metadata ?? {};
  if (typeof name !== 'string') throw usageError('Expected metadata.name in the SessionStore');
  const namespace = manifest.metadata?.namespace ?? access.namespace;
  if (namespace !== access.namespace)
    throw usageError(
      `Expected SessionStore ${name} in namespace ${access.namespace}; its manifest names ${namespace}: give -n ${namespace}`,
    );
  return replaced(access, name, { ...manifest, apiVersion: manifest.apiVersion ?? apiVersion });
}

/** The manifests to plan, or the names of stores that exist. */
export type Wanted = { readonly manifests: readonly Manifest[] } | { readonly names: readonly string[] };

/** Reads the manifests, where the command line names a file of them. */
export async function wantedBy(
  names: readonly string[],
  file: string | undefined,
  terminal: Pick<Terminal, 'stdin'>,
): Promise<Wanted> {
  if ((file === undefined) === (names.length === 0))
    throw usageError('Expected names of SessionStores, or --filename with their manifests: one of the two');
  return file === undefined ? { names } : { manifests: await manifestsAt(file, terminal) };
}

/** The stores of the manifests, or those that exist under the names. */
export async function plannedStores(
  access: Access,
  wanted: Wanted,
): Promise<readonly SessionStoreResource[]> {
  if ('names' in wanted) return Promise.all(wanted.names.map((name) => sessionStore(access, name)));
  const stores: SessionStoreResource[] = [];
  for (const manifest of wanted.manifests) stores.push(await validated(access, manifest));
  return stores;
}

/** The id of the installation, if no CronJob shows it: the uid of kube-system, unless the operator's flag names another. */
export async function installationOf({ server }: Access): Promise<string | undefined> {
  try {
    const { metadata } = await server.request<{ readonly metadata: { readonly uid: string } }>({
      method: 'GET',
      path: kubeSystemPath,
    });
    return metadata.uid;
  } catch (error) {
    if (isApiError(error, 403) || isApiError(error, 404)) return undefined;
    throw error;
  }
}
