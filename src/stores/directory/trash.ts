import { inParallel } from './concurrency.ts';
import { codeOf, done, type FileOperations, unless } from './files.ts';
import { entryPath, namesIn } from './names.ts';
import type { Places } from './places.ts';

const chunkSize = 4096;

/** An entry that cannot be removed stays: what else is to be done must not wait for it. */
const staying: readonly string[] = ['EACCES', 'EPERM', 'EBUSY', 'EIO', 'ENOTEMPTY', 'EUCLEAN', 'EBADMSG'];

/**
 * Removes the folders that were overwritten; a note where something of them stays. Where the signal comes first, the rest
 * waits for another run.
 */
export async function emptyTrash(
  files: FileOperations,
  places: Places,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const trash = await unless(['ENOENT'], files.lstat(places.trash));
  if (!trash?.isDirectory()) return [];
  const left = await removeEntries(files, { folder: places.trash, device: trash.dev, signal });
  if (left === 0) return [];
  return [
    `In ${places.trash}, which holds overwritten folders, ${left} entries could not be removed: they ` +
      'belong to another owner, or something is mounted there. Remove them by hand.',
  ];
}

interface Removal {
  readonly folder: string | Buffer;
  readonly device: number;
  readonly signal: AbortSignal | undefined;
}

/** Removes all that is in a folder, in flat memory, without following a link or leaving the file system; how much stays. */
async function removeEntries(files: FileOperations, removal: Removal): Promise<number> {
  const { folder, signal } = removal;
  let left = 0;
  for await (const names of namesIn(files, folder, chunkSize)) {
    if (signal?.aborted) return left;
    const others: (string | Buffer)[] = [];
    await inParallel(names, async (name) => {
      const path = entryPath(folder, name);
      // Linux says EISDIR of a folder, POSIX EPERM, which may be a file's as well.
      if (!(await done(files.unlink(path), ['ENOENT', 'EISDIR', ...staying]))) others.push(path);
    });
    for (const path of others) left += await removeFolder(files, { ...removal, folder: path });
  }
  return left;
}

/** Removes a folder, and leaves a file or a mount; how much stays. */
async function removeFolder(files: FileOperations, removal: Removal): Promise<number> {
  const { folder, device, signal } = removal;
  const stats = await unless(['ENOENT', ...staying], files.lstat(folder));
  if (!stats) return 0;
  if (!stats.isDirectory() || stats.dev !== device) return 1;
  const left = await leftIn(files, removal);
  if (left > 0 || signal?.aborted) return left;
  return (await done(files.rmdir(folder), ['ENOENT', ...staying])) ? 0 : Number(await isThere(files, folder));
}

/** Another run empties the same trash: what it has removed meanwhile is gone as it should be. */
async function leftIn(files: FileOperations, removal: Removal): Promise<number> {
  try {
    return await removeEntries(files, removal);
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (code === 'ENOENT') return 0;
    if (staying.includes(code)) return 1;
    throw error;
  }
}

async function isThere(files: FileOperations, path: string | Buffer): Promise<boolean> {
  return (await unless(['ENOENT'], files.lstat(path))) !== undefined;
}
