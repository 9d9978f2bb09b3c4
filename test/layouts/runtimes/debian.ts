import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { loaderOf } from '../../servers/debian-root.ts';
import { builtOnce } from '../runtime.ts';

const run = promisify(execFile);

/** A folder that drivers/<name>/build.sh has filled with Debian's files, and how its programs are started. */
export interface DebianFiles {
  readonly root: string;
  /** A command and its first arguments: a program of the folder, with the folder's own libraries. */
  readonly loader: readonly [command: string, ...args: string[]];
  /** The only path in the folder that matches. */
  readonly find: (pattern: string) => string;
}

export async function debianFiles(name: string): Promise<DebianFiles> {
  const root = await builtOnce(name, async (fresh, sources) => {
    await run('bash', [path.join(sources, 'build.sh'), fresh]);
  });
  const find = (pattern: string) => {
    const [found, another] = globSync(pattern, { cwd: root });
    if (!found || another) throw new Error(`Expected one ${pattern} in ${root}; got ${found} and ${another}`);
    return path.join(root, found);
  };
  return { root, loader: loaderOf(root), find };
}
