import type { Stats } from 'node:fs';
import { StoreError } from '../store-error.ts';
import { type FileOperations, unless } from './files.ts';
import type { Places } from './places.ts';

/**
 * The session folder's stat, or undefined where it does not exist, having looked at every level from the root down:
 * each must be a folder and no symbolic link, so that the path cannot leave the volume.
 *
 * Not covered: somebody who may write to the volume and swaps a level for a link after this look. Node has no
 * openat(). What could be reached then is what the pod mounts: this one volume, and an image that is read-only.
 */
export async function checkPath(files: FileOperations, places: Places): Promise<Stats | undefined> {
  const root = await unless(['ENOENT'], files.stat(places.root));
  if (!root?.isDirectory()) {
    throw new StoreError(
      'PathInvalid',
      `Expected the volume to be mounted at ${places.root}; found ${root ? 'something that is no folder' : 'nothing'}.`,
    );
  }
  let last: Stats | undefined;
  for (const level of places.levels) {
    last = await unless(['ENOENT'], files.lstat(level));
    if (!last) return undefined;
    if (!last.isDirectory()) throw notAFolder(level, last);
  }
  return last;
}

/** PathInvalid where something of ours is not the plain folder it must be. */
export async function checkFolder(files: FileOperations, folder: string): Promise<Stats | undefined> {
  const stats = await unless(['ENOENT'], files.lstat(folder));
  if (stats && !stats.isDirectory()) throw notAFolder(folder, stats);
  return stats;
}

function notAFolder(path: string, stats: Stats): StoreError {
  const what = stats.isSymbolicLink() ? 'a symbolic link, which is never followed' : 'something else';
  return new StoreError(
    'PathInvalid',
    `Expected ${path} to be a folder; found ${what}. Remove it, or name another path.`,
  );
}
