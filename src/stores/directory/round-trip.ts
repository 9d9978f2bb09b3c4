import { join } from 'node:path';
import { StoreError } from '../../runner/store-error.ts';
import { codeOf, done, type FileOperations, unless } from './files.ts';
import type { Places } from './places.ts';

/**
 * Tries, with a file of our own, both ways that a session may go: by link into the session folder, and by rename out
 * of it. Another run may be doing the same with the same names, which are fixed so that a killed one leaves no more
 * than these.
 */
export async function requireRoundTrip(files: FileOperations, places: Places): Promise<void> {
  const aside = join(places.aside, 'probe');
  const inside = join(places.folder, '.sessionstore-probe');
  const back = join(places.aside, 'probe-back');
  try {
    await done(files.unlink(aside), ['ENOENT']);
    const handle = await unless(['EEXIST'], files.open(aside, 'wx', 0o660));
    await handle?.close();
    await done(files.link(aside, inside), ['EEXIST', 'ENOENT']);
    await done(files.rename(inside, back), ['ENOENT']);
  } catch (error) {
    throw new StoreError(
      'VolumeUnusable',
      `Expected uid ${process.geteuid?.()} to be able to link files into ${places.folder} and to rename them out of ` +
        `it; found ${codeOf(error) ?? String(error)}. Nothing was deleted. Run as the folder's owner: set ` +
        'pod.securityContext.runAsUser. The file system must know hard links.',
      { cause: error },
    );
  } finally {
    for (const path of [aside, inside, back]) await done(files.unlink(path), ['ENOENT']);
  }
}
