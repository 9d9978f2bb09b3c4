import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { StoreError } from '../store-error.ts';
import { codeOf, done, type FileOperations, isFull, openOwn, unless } from './files.ts';
import type { Places } from './places.ts';

const furthestApartMs = 2 * 60_000;
const attempts = 5;

/**
 * What time the file system says it is, in milliseconds since the epoch: the mtime of a file just written. Sessions
 * are stamped by the same clock, which on a network file system is the server's. VolumeUnusable where it is minutes
 * away from this machine's: then one of the two is wrong, and nobody can say how old a session is.
 */
export async function fileSystemTime(files: FileOperations, places: Places): Promise<number> {
  const time = await timeNow(files, places);
  const apartMs = time - Date.now();
  if (Math.abs(apartMs) <= furthestApartMs) return time;
  const apart = `${Math.round(Math.abs(apartMs) / 1000)} s ${apartMs > 0 ? 'ahead' : 'behind'}`;
  throw new StoreError(
    'VolumeUnusable',
    `Expected the volume's clock and this node's to agree; the volume's is ${apart} ` +
      `(${new Date(time).toISOString()}). Set the clock that is wrong; no session was deleted.`,
  );
}

async function timeNow(files: FileOperations, places: Places): Promise<number> {
  try {
    return await timeOfWrite(files, places.clock);
  } catch (error) {
    if (!isFull(error)) throw error;
    return (await timeOfChange(files, places.aside)) ?? Promise.reject(error);
  }
}

/** The byte that is written again is the file's own, so that it needs no room on a full disk. */
async function timeOfWrite(files: FileOperations, path: string): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const handle = (await existing(files, path)) ?? (await unless(['EEXIST'], files.open(path, 'wx', 0o660)));
    if (!handle) continue;
    try {
      await handle.write('.', 0);
      await handle.sync();
      return (await handle.stat()).mtimeMs;
    } finally {
      await handle.close();
    }
  }
  throw new StoreError('VolumeBusy', `Expected to make ${path}; other runs were quicker each time.`);
}

/** The clock, if this user may write it; whatever else is in its place is removed. */
async function existing(files: FileOperations, path: string): Promise<FileHandle | undefined> {
  try {
    return await openOwn(files, path, constants.O_WRONLY);
  } catch (error) {
    // Another user of the group may have made it.
    if (!(error instanceof StoreError) && codeOf(error) !== 'EACCES') throw error;
    await done(files.unlink(path), ['ENOENT']);
    return undefined;
  }
}

/** The ctime of a folder whose mode is set to what it is, which needs no room at all; undefined for another's folder. */
async function timeOfChange(files: FileOperations, folder: string): Promise<number | undefined> {
  const { mode } = await files.lstat(folder);
  if (!(await done(files.chmod(folder, mode & 0o7777), ['EPERM', 'EACCES']))) return undefined;
  return (await files.lstat(folder)).ctimeMs;
}
