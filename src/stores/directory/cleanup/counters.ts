import { constants } from 'node:fs';
import { join } from 'node:path';
import { openOwn } from '../files.ts';
import type { StoreContext } from '../store-paths.ts';

/**
 * Sets the library's count of its files to 0. The library does not notice that another program deletes files, and above
 * a limit it deletes live sessions until its count is below; a count that is too low only lets it keep more. This
 * happens before the first deletion, and again after the last: a save at the same instant may write the old count back.
 *
 * The file is written in place, as a new one would belong to this user, and the application could not open it.
 */
export async function resetCounters(
  { files, layout: { counters } }: StoreContext,
  folder: string,
): Promise<void> {
  if (counters === undefined) return;
  const zero = Buffer.from(counters.zero, 'latin1');
  for (const name of counters.names) {
    await using handle = await openOwn(files, join(folder, name), constants.O_WRONLY);
    await handle?.write(zero, 0, zero.length, 0);
  }
}
