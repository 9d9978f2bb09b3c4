import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseAllDocuments } from 'yaml';
import { kind } from '../../api/group.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { Terminal } from '../terminal.ts';

export interface Manifest {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown };
}

/** The SessionStores in the text of a file; other objects in it are left out. */
function storesIn(yaml: string, file: string): readonly Manifest[] {
  const documents = parseAllDocuments(yaml);
  const wrong = documents.flatMap(({ errors }) => errors).at(0);
  if (wrong) throw usageError(`Expected YAML in ${file}: ${wrong.message.split('\n', 1)[0]}`);
  const objects = documents.map((document) => document.toJS() as Manifest | null);
  return objects.filter((object): object is Manifest => object?.kind === kind);
}

/** The file itself, or the files of a folder that kubectl would read. */
async function filesIn(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => /\.(yaml|yml|json)$/.test(name));
  return names.sort().map((name) => join(path, name));
}

async function storesInFiles(path: string): Promise<readonly Manifest[]> {
  const stores: Manifest[] = [];
  try {
    for (const file of await filesIn(path)) stores.push(...storesIn(await readFile(file, 'utf8'), file));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw usageError(`Expected to read ${path}: ${(error as Error).message}`);
  }
  return stores;
}

/** The SessionStores in a file, in the files of a folder, or in the standard input, which is `-`. */
export async function manifestsAt(
  path: string,
  { stdin }: Pick<Terminal, 'stdin'>,
): Promise<readonly Manifest[]> {
  const stores = path === '-' ? storesIn(await text(stdin), path) : await storesInFiles(path);
  if (stores.length === 0) throw usageError(`Expected a SessionStore in ${path}; found none`);
  return stores;
}

/** The namespace to plan in: that of the option, that of the manifests, or that of the context. */
export function namespaceFor(
  manifests: readonly Manifest[],
  given: string | undefined,
  ofContext: string,
): string {
  if (given !== undefined) return given;
  const names = manifests.map(({ metadata }) => metadata?.namespace ?? ofContext);
  const [only = ofContext, ...others] = new Set(names.map(String));
  if (others.length === 0) return only;
  throw usageError(
    `Expected manifests of one namespace; found ${[only, ...others].join(', ')}: plan those of each namespace by themselves`,
  );
}
