import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseAllDocuments } from 'yaml';
import { apiVersion, kind } from '../../api/group.ts';
import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import { isApiError } from '../../kube/api-error.ts';
import type { Access } from '../access.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { sessionStore, storesPath, translated } from '../session-stores.ts';
import type { Terminal } from '../terminal.ts';

const usage = (message: string) => new CliError(exitCodes.usage, message);

interface Manifest {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown };
}

/** The SessionStores in a file of manifests; other objects in it are left out. */
export function storesIn(yaml: string, file: string): readonly Manifest[] {
  const documents = parseAllDocuments(yaml);
  const wrong = documents.flatMap(({ errors }) => errors).at(0);
  if (wrong) throw usage(`Expected YAML in ${file}: ${wrong.message.split('\n', 1)[0]}`);
  const objects = documents.map((document) => document.toJS() as Manifest | null);
  const stores = objects.filter((object): object is Manifest => object?.kind === kind);
  if (stores.length === 0) throw usage(`Expected a SessionStore in ${file}; found none`);
  return stores;
}

/**
 * The store as the API server would accept it, with its defaults: a manifest that it refuses is refused here with the
 * same words. The API server stores no part of it.
 */
async function validated(access: Access, manifest: Manifest): Promise<SessionStoreResource> {
  const { name } = manifest.metadata ?? {};
  if (typeof name !== 'string') throw usage('Expected metadata.name in the SessionStore');
  const namespace = manifest.metadata?.namespace ?? access.namespace;
  if (namespace !== access.namespace)
    throw usage(
      `Expected SessionStore ${name} in namespace ${access.namespace}; its manifest names ${namespace}: give -n`,
    );
  const request = access.server.request<SessionStoreResource>({
    method: 'PATCH',
    path: `${storesPath(access.namespace)}/${name}`,
    query: { fieldManager: 'sessionstore-cli', force: 'true', dryRun: 'All', fieldValidation: 'Strict' },
    contentType: 'application/apply-patch+yaml',
    body: { ...manifest, apiVersion: manifest.apiVersion ?? apiVersion },
  });
  return translated(request, access.namespace, 'patch');
}

/** The stores of a file, or `-` for the standard input; or those that exist under the names. */
export async function plannedStores(
  access: Access,
  names: readonly string[],
  file: string | undefined,
  { stdin }: Pick<Terminal, 'stdin'>,
): Promise<readonly SessionStoreResource[]> {
  if ((file === undefined) === (names.length === 0))
    throw usage('Expected names of SessionStores, or --filename with their manifests: one of the two');
  if (file === undefined) return Promise.all(names.map((name) => sessionStore(access, name)));
  const yaml =
    file === '-'
      ? await text(stdin)
      : await readFile(file, 'utf8').catch((error: unknown) => {
          throw usage(`Expected to read ${file}: ${(error as Error).message}`);
        });
  const stores: SessionStoreResource[] = [];
  for (const manifest of storesIn(yaml, file)) stores.push(await validated(access, manifest));
  return stores;
}

/** The id of the installation, if no CronJob shows it: the uid of kube-system, unless the operator's flag names another. */
export async function installationOf({ server }: Access): Promise<string | undefined> {
  try {
    const { metadata } = await server.request<{ readonly metadata: { readonly uid: string } }>({
      method: 'GET',
      path: '/api/v1/namespaces/kube-system',
    });
    return metadata.uid;
  } catch (error) {
    if (isApiError(error, 403) || isApiError(error, 404)) return undefined;
    throw error;
  }
}
