import { StoreError } from '../../runner/store-error.ts';
import { inParallel } from './concurrency.ts';
import { done, type FileOperations, unless } from './files.ts';
import { entryPath, namesIn } from './names.ts';
import type { Places } from './places.ts';

const chunkSize = 4096;

/** Removes the folders that were overwritten. Where the signal comes first, the rest waits for another run. */
export async function emptyTrash(files: FileOperations, places: Places, signal?: AbortSignal): Promise<void> {
  const trash = await unless(['ENOENT'], files.lstat(places.trash));
  if (trash?.isDirectory()) await removeEntries(files, { folder: places.trash, device: trash.dev, signal });
}

interface Removal {
  readonly folder: string | Buffer;
  readonly device: number;
  readonly signal: AbortSignal | undefined;
}

/** Removes all that is in a folder, in flat memory, without following a link or leaving the file system. */
async function removeEntries(files: FileOperations, removal: Removal): Promise<void> {
  const { folder, signal } = removal;
  for await (const names of namesIn(files, folder, chunkSize)) {
    if (signal?.aborted) return;
    const folders: (string | Buffer)[] = [];
    await inParallel(names, async (name) => {
      const path = entryPath(folder, name);
      // Linux says EISDIR of a folder, POSIX EPERM.
      if (!(await done(files.unlink(path), ['ENOENT', 'EISDIR', 'EPERM']))) folders.push(path);
    });
    for (const path of folders) await removeFolder(files, { ...removal, folder: path });
  }
}

async function removeFolder(files: FileOperations, removal: Removal): Promise<void> {
  const { folder, device, signal } = removal;
  const stats = await unless(['ENOENT'], files.lstat(folder));
  if (!stats) return;
  if (stats.dev !== device) {
    throw new StoreError(
      'VolumeUnusable',
      `Expected ${folder} to be on one file system; something is mounted there. Unmount it.`,
    );
  }
  // Another run empties the same trash: what it has removed meanwhile is gone as it should be.
  if (stats.isDirectory()) await done(removeEntries(files, removal), ['ENOENT']);
  if (!signal?.aborted) await done(files.rmdir(folder), ['ENOENT']);
}
