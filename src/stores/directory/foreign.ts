import { constants, type Stats } from 'node:fs';
import { firstNames } from './adopt.ts';
import { inParallel } from './concurrency.ts';
import type { StoreContext } from './context.ts';
import { done, unless } from './files.ts';
import { entryPath } from './names.ts';

/** Why a clean-up would leave files, or undefined: of those listed first, as a folder may hold millions. */
export async function foreignFilesNote({ files, places }: StoreContext): Promise<string | undefined> {
  const uid = process.geteuid?.();
  const folder = await unless(['ENOENT'], files.lstat(places.folder));
  // Root may do everything but change what is immutable.
  if (uid === undefined || uid === 0 || !folder) return undefined;
  const names = (await firstNames(files, places.folder)).filter((name) => !name.startsWith('.'));
  const owners = new Set<number>();
  let foreign = 0;
  await inParallel(names, async (name) => {
    const path = entryPath(places.folder, name);
    const stats = await unless(['ENOENT', 'EIO'], files.lstat(path));
    if (!stats?.isFile() || stats.uid === uid) return;
    const isOurs =
      !isSticky(folder, uid) && (await done(files.access(path, readAndWrite), ['EACCES', 'ENOENT']));
    if (isOurs) return;
    foreign++;
    owners.add(stats.uid);
  });
  if (foreign === 0) return undefined;
  return (
    `Of the first ${names.length} files in ${places.folder}, uid ${uid} may not delete ${foreign}, as they belong to ` +
    `uid ${[...owners].slice(0, 4).join(', ')}: a clean-up leaves and counts them. Run as the owner of all files (pod.securityContext.runAsUser), or change their owner.`
  );
}

/** What the kernel asks of another owner's file before it is linked (fs.protected_hardlinks). */
const readAndWrite = constants.R_OK | constants.W_OK;

/** In a sticky folder only its owner may take others' files away. */
const isSticky = (folder: Stats, uid: number): boolean => (folder.mode & 0o1000) !== 0 && folder.uid !== uid;
