import { existsSync, globSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { withLock } from '../../scripts/cluster/lock.ts';
import { cacheDirectory, inputHash } from '../../scripts/cluster/paths.ts';

/** The program that drives the session libraries of one language; test/layouts/drivers/ has its sources. */
export interface Runtime {
  readonly name: string;
  /** Fetches and builds the libraries, unless that was done before. */
  prepare(): Promise<Program>;
}

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const drivers = path.join(import.meta.dirname, 'drivers');

/** The folder of a runtime's sources. */
export const sourcesOf = (runtime: string): string => path.join(drivers, runtime);

/**
 * The folder that `build` has filled, once for each state of the runtime's sources and lock files. A build that is
 * killed leaves nothing that is taken for a whole one.
 */
export async function builtOnce(
  runtime: string,
  build: (folder: string, sources: string) => Promise<void>,
): Promise<string> {
  const sources = sourcesOf(runtime);
  const files = globSync('**/*', { cwd: sources, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  const root = path.join(cacheDirectory, 'libraries');
  const folder = path.join(root, `${runtime}-${inputHash(files)}`);
  await mkdir(path.dirname(folder), { recursive: true });
  return withLock(`${folder}.lock`, async () => {
    if (existsSync(folder)) return folder;
    const fresh = `${folder}.new`;
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh);
    await build(fresh, sources);
    await rename(fresh, folder);
    return folder;
  });
}
