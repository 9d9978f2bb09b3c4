import { constants } from 'node:fs';
import { StoreError } from '../../runner/store-error.ts';
import type { FileOperations } from './files.ts';
import type { Places } from './places.ts';

const furthestApart = 2 * 60_000;

/**
 * What time the file system says it is, in milliseconds since the epoch: the mtime of a file just written. Sessions
 * are stamped by the same clock, which on a network file system is the server's. VolumeUnusable where it is minutes
 * away from this machine's: then one of the two is wrong, and nobody can say how old a session is.
 */
export async function fileSystemTime(files: FileOperations, places: Places): Promise<number> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  const handle = await files.open(places.clock, flags, 0o660);
  try {
    await handle.write('.');
    await handle.sync();
    const { mtimeMs } = await handle.stat();
    const apart = mtimeMs - Date.now();
    if (Math.abs(apart) <= furthestApart) return mtimeMs;
    throw new StoreError(
      'VolumeUnusable',
      `Expected the volume's clock and this node's to agree; the volume's is ${Math.round(apart / 1000)} s ahead ` +
        `(${new Date(mtimeMs).toISOString()}). Set the clock that is wrong; nothing was deleted.`,
    );
  } finally {
    await handle.close();
  }
}
