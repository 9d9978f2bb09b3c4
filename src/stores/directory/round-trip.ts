import { join } from 'node:path';
import { StoreError } from '../store-error.ts';
import { codeOf, done, type FileOperations, isFull, unless } from './files.ts';
import type { Places } from './places.ts';

/**
 * Tries, with a file of our own, both ways that a session may go: by link into the session folder, and by rename out
 * of it. Another run may be doing the same with the same names, which are fixed so that a killed one leaves no more
 * than these. The file is kept, as on a full disk none could be made.
 */
export async function requireRoundTrip(files: FileOperations, places: Places): Promise<void> {
  const inside = join(places.folder, '.sessionstore-probe');
  const back = join(places.aside, 'probe-back');
  try {
    await ensureProbe(files, places.probe);
    await done(files.link(places.probe, inside), ['EEXIST', 'ENOENT']);
    await done(files.rename(inside, back), ['ENOENT']);
  } catch (error) {
    // Whether it is permitted is asked before whether there is room.
    if (isFull(error)) return;
    throw new StoreError(
      'VolumeUnusable',
      `Expected uid ${process.geteuid?.()} to be able to link files into ${places.folder} and to ` +
        `rename them out of it; found ${codeOf(error) ?? String(error)}. No session was deleted. Run as ` +
        "the folder's owner: set pod.securityContext.runAsUser. The file system must know hard links.",
      { cause: error },
    );
  } finally {
    for (const path of [inside, back]) await done(files.unlink(path), ['ENOENT']);
  }
}

/** One of this user's, as another's could not be linked. */
async function ensureProbe(files: FileOperations, path: string): Promise<void> {
  const found = await unless(['ENOENT'], files.lstat(path));
  if (found?.isFile() && found.uid === process.geteuid?.()) return;
  await done(files.unlink(path), ['ENOENT']);
  const handle = await unless(['EEXIST'], files.open(path, 'wx', 0o660));
  await handle?.close();
}
