import { StoreError } from '../../runner/store-error.ts';
import { done, type FileOperations, unless } from './files.ts';
import type { Places } from './places.ts';

const furthestApartMs = 2 * 60_000;
const attempts = 5;

/**
 * What time the file system says it is, in milliseconds since the epoch: the mtime of a file just written. Sessions
 * are stamped by the same clock, which on a network file system is the server's. VolumeUnusable where it is minutes
 * away from this machine's: then one of the two is wrong, and nobody can say how old a session is.
 */
export async function fileSystemTime(files: FileOperations, places: Places): Promise<number> {
  const time = await timeOfNewFile(files, places.clock);
  const apartMs = time - Date.now();
  if (Math.abs(apartMs) <= furthestApartMs) return time;
  const apart = `${Math.round(Math.abs(apartMs) / 1000)} s ${apartMs > 0 ? 'ahead' : 'behind'}`;
  throw new StoreError(
    'VolumeUnusable',
    `Expected the volume's clock and this node's to agree; the volume's is ${apart} ` +
      `(${new Date(time).toISOString()}). Set the clock that is wrong; nothing was deleted.`,
  );
}

/** Made anew each time, so that it does not matter which user of the group made the last one. */
async function timeOfNewFile(files: FileOperations, path: string): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    await done(files.unlink(path), ['ENOENT']);
    const handle = await unless(['EEXIST'], files.open(path, 'wx', 0o660));
    if (!handle) continue;
    try {
      await handle.write('.');
      await handle.sync();
      return (await handle.stat()).mtimeMs;
    } finally {
      await handle.close();
    }
  }
  throw new StoreError('VolumeBusy', `Expected to make ${path}; other runs were quicker each time.`);
}
