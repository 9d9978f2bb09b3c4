import { type BigIntStats, constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { StoreError } from '../store-error.ts';
import type { FileOperations } from './files.ts';
import type { Places } from './places.ts';
import type { SyncFileOperations } from './quarantine.ts';

/**
 * What a run has checked: paths, and which folder or file each was. A run goes on for minutes, and by then the folder
 * may have been renamed away and another put in its place, a volume mounted over it, or the mark become another's.
 */
export type Checked = readonly { readonly path: string; readonly identity: string }[];

/** Remembers the folder and what lies beside it, the mark too where the run goes by one. */
export async function identityOf(files: FileOperations, places: Places, hasMark: boolean): Promise<Checked> {
  const paths = [places.folder, places.aside, places.quarantine, ...(hasMark ? [places.mark] : [])];
  return Promise.all(
    paths.map(async (path) => ({ path, identity: identify(await files.lstat(path, { bigint: true })) })),
  );
}

/** StoreChanged where one of them is another by now. */
export function requireUnchanged(files: SyncFileOperations, checked: Checked): void {
  for (const { path, identity } of checked) {
    const stats = files.lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (!stats || identify(stats) !== identity) throw changed(path, stats !== undefined);
  }
}

/**
 * The folder's handle, and a path through it: whatever happens to the folder's name, that path leads to the folder that
 * was checked. Where the kernel has no such paths, it is the folder's name.
 */
export async function holdFolder(
  files: FileOperations,
  places: Places,
  checked: Checked,
): Promise<{ readonly handle: FileHandle; readonly path: string }> {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  const handle = await files.open(places.folder, flags);
  const identity = identify(await handle.stat({ bigint: true }));
  if (identity !== checked.find(({ path }) => path === places.folder)?.identity) {
    await handle.close();
    throw changed(places.folder, true);
  }
  const path = `/proc/self/fd/${handle.fd}`;
  const through = await files.stat(path, { bigint: true }).catch(() => undefined);
  return { handle, path: through && identify(through) === identity ? path : places.folder };
}

/** A folder's inode stays while its entries change; of the mark each new version has another inode or time. */
function identify(stats: BigIntStats): string {
  const { dev, ino, size, mtimeNs } = stats;
  return stats.isDirectory() ? `${dev}:${ino}` : `${dev}:${ino}:${size}:${mtimeNs}`;
}

const changed = (path: string, isThere: boolean): StoreError =>
  new StoreError(
    'StoreChanged',
    `Expected ${path} to stay the one that this run checked; found ${isThere ? 'another' : 'nothing'} in its place. ` +
      'The run stopped before it deleted more. The next one checks the store again.',
  );
