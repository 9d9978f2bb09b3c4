import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { StoreError } from '../store-error.ts';
import { done, type FileOperations, folderMode, unless } from './files.ts';
import { ensureFolder, moveIn } from './folders.ts';
import type { Mark } from './mark.ts';
import { isAsideName, type Places } from './places.ts';

/** The folder that is overwritten: which one, and what its replacement is to be like. */
export type Replaced = NonNullable<Mark['replaces']>;

/** What to remember of a folder before it is overwritten. */
export async function replacedBy(files: FileOperations, folder: string): Promise<Replaced | undefined> {
  const stats = await unless(['ENOENT'], files.lstat(folder, { bigint: true }));
  return (
    stats && {
      inode: String(stats.ino),
      mode: Number(stats.mode) & 0o7777,
      uid: Number(stats.uid),
      gid: Number(stats.gid),
    }
  );
}

/** Conflict where the folder holds another store: overwriting it would take that one along. */
export async function requireNoStoreInside(files: FileOperations, places: Places): Promise<void> {
  for await (const entry of await files.opendir(places.folder, { encoding: 'latin1' })) {
    if (!isAsideName(entry.name)) continue;
    throw new StoreError(
      'Conflict',
      `Expected ${places.folder} to hold only sessions; found ${entry.name}, another store's. ` +
        'Move that store, or name another path.',
    );
  }
}

/**
 * Puts a new, empty folder in the place of the remembered one, which goes to the trash. Each step looks at what is
 * there, so that it may have been killed, or done by another run, after any of them.
 */
export async function replaceFolder(
  files: FileOperations,
  places: Places,
  replaced: Replaced,
): Promise<void> {
  const now = await replacedBy(files, places.folder);
  if (now && now.inode !== replaced.inode) {
    await done(files.rmdir(places.fresh), ['ENOENT']);
    return;
  }
  await makeAlike(files, places, replaced);
  if (now) await moveOut(files, places, replaced);
  await moveIn(files, places);
}

/** Another run of the same overwrite may move it in at any moment: then that one has made it alike. */
async function makeAlike(files: FileOperations, places: Places, replaced: Replaced): Promise<void> {
  await done(ensureFolder(files, places.fresh, folderMode), ['ENOENT']);
  // Only root may give it away; chown takes setgid off, so the mode comes last.
  await done(files.chown(places.fresh, replaced.uid, replaced.gid), ['EPERM', 'ENOENT']);
  await done(files.chmod(places.fresh, replaced.mode), ['ENOENT']);
}

async function moveOut(files: FileOperations, places: Places, replaced: Replaced): Promise<void> {
  const name = createHash('sha256').update(replaced.inode).digest('hex').slice(0, 16);
  const trash = join(places.trash, name);
  if (!(await done(files.rename(places.folder, trash), ['ENOENT', 'ENOTEMPTY', 'EEXIST']))) return;
  const moved = await replacedBy(files, trash);
  // Another run was quicker, and this was its new folder: it goes back.
  if (moved && moved.inode !== replaced.inode) {
    await done(files.rename(trash, places.folder), ['ENOTEMPTY', 'EEXIST', 'ENOENT']);
  }
}
