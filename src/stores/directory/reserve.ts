import { done, type FileOperations, isFull, unless } from './files.ts';
import type { Places } from './places.ts';

/**
 * Space beside the sessions for file systems that let a file be unlinked where there is no room, and not renamed: btrfs at
 * a quota. A clean-up that could move none gives it up, and makes it again at its end.
 */
const size = 262_144;

/** Makes it where it is missing; without room for it there is none. */
export async function ensureReserve(files: FileOperations, places: Places): Promise<void> {
  const found = await unless(['ENOENT'], files.lstat(places.reserve));
  if (found?.isFile() && found.size >= size) return;
  await giveUpReserve(files, places);
  try {
    const handle = await unless(['EEXIST'], files.open(places.reserve, 'wx', 0o660));
    if (!handle) return;
    try {
      await handle.writeFile(Buffer.alloc(size));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!isFull(error)) throw error;
    await giveUpReserve(files, places);
  }
}

/** Whether there was one. */
export const giveUpReserve = (files: FileOperations, places: Places): Promise<boolean> =>
  done(files.unlink(places.reserve), ['ENOENT']);
