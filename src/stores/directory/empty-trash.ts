import { codeOf, entryPath, type FileOperations, ignoring, inParallel, namesIn, succeeded } from './files.ts';
import type { StorePaths } from './store-paths.ts';

const trashChunk = 4096;

/** An entry that cannot be removed stays, and the run goes on. */
const staying: readonly string[] = ['EACCES', 'EPERM', 'EBUSY', 'EIO', 'ENOTEMPTY', 'EUCLEAN', 'EBADMSG'];

/**
 * Removes the folders that were overwritten; gives a note where entries stay. Where the signal comes first, the rest waits
 * for another run.
 */
export async function emptyTrash(
  files: FileOperations,
  paths: StorePaths,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const trash = await ignoring(['ENOENT'], files.lstat(paths.trash));
  if (!trash?.isDirectory()) return [];
  const left = await removeEntries(files, { folder: paths.trash, device: trash.dev, signal });
  if (left === 0) return [];
  return [
    `In ${paths.trash}, which holds overwritten folders, ${left} entries could not be removed: they ` +
      'belong to another owner, or something is mounted there. Remove them by hand.',
  ];
}

interface Removal {
  readonly folder: string | Buffer;
  readonly device: number;
  readonly signal: AbortSignal | undefined;
}

/** Removes all entries of a folder, in flat memory, without following a link or leaving the file system; how many stay. */
async function removeEntries(files: FileOperations, removal: Removal): Promise<number> {
  const { folder, signal } = removal;
  let left = 0;
  for await (const names of namesIn(files, folder, trashChunk)) {
    if (signal?.aborted) return left;
    const others: (string | Buffer)[] = [];
    await inParallel(names, async (name) => {
      const path = entryPath(folder, name);
      // Unlinking a folder is EISDIR on Linux and EPERM in POSIX, which a file may give as well.
      if (!(await succeeded(files.unlink(path), ['ENOENT', 'EISDIR', ...staying]))) others.push(path);
    });
    for (const path of others) left += await removeFolder(files, { ...removal, folder: path });
  }
  return left;
}

/** Removes a folder, and leaves a file or a mount; how many entries stay. */
async function removeFolder(files: FileOperations, removal: Removal): Promise<number> {
  const { folder, device, signal } = removal;
  const stats = await ignoring(['ENOENT', ...staying], files.lstat(folder));
  if (!stats) return 0;
  if (!stats.isDirectory() || stats.dev !== device) return 1;
  const left = await leftIn(files, removal);
  if (left > 0 || signal?.aborted) return left;
  return (await succeeded(files.rmdir(folder), ['ENOENT', ...staying]))
    ? 0
    : Number(await isThere(files, folder));
}

/** How many entries stay in a folder. Another run may empty the same trash: a folder that it has removed holds none. */
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
  return (await ignoring(['ENOENT'], files.lstat(path))) !== undefined;
}
