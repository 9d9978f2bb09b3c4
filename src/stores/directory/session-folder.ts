import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { StoreError } from '../store-error.ts';
import { type FileOperations, folderMode, ignoring, succeeded } from './files.ts';
import type { Mark } from './folder-mark.ts';
import { ensureFolder } from './folders.ts';
import { checkFolder, isStateDirName, type StorePaths } from './store-paths.ts';

/** Makes a new, empty session folder; one that is there already stays. */
export async function createFolder(files: FileOperations, paths: StorePaths): Promise<void> {
  // Made in the state folder and moved, so that no process ever sees it with another mode.
  if (await checkFolder(files, paths.folder)) {
    await succeeded(files.rmdir(paths.staging), ['ENOENT']);
    return;
  }
  // Missing: another run has just moved it in.
  await succeeded(ensureFolder(files, paths.staging, folderMode), ['ENOENT']);
  await moveIn(files, paths);
}

/** Moves the new folder to its place; a folder that another program made and filled there meanwhile stays. */
async function moveIn(files: FileOperations, paths: StorePaths): Promise<void> {
  if (await succeeded(files.rename(paths.staging, paths.folder), ['ENOTEMPTY', 'EEXIST', 'ENOENT'])) return;
  await succeeded(files.rmdir(paths.staging), ['ENOENT']);
}

/** The folder that is overwritten: its inode, and the mode and owner that its replacement gets. */
export type Replaced = NonNullable<Mark['replaces']>;

/** Describes a folder before it is overwritten; undefined where it is missing. */
export async function replacedBy(files: FileOperations, folder: string): Promise<Replaced | undefined> {
  const stats = await ignoring(['ENOENT'], files.lstat(folder, { bigint: true }));
  return (
    stats && {
      inode: String(stats.ino),
      mode: Number(stats.mode) & 0o7777,
      uid: Number(stats.uid),
      gid: Number(stats.gid),
    }
  );
}

/** Throws Conflict if the folder contains another store, which an overwrite would destroy. */
export async function requireNoStoreInside(files: FileOperations, paths: StorePaths): Promise<void> {
  for await (const entry of await files.opendir(paths.folder, { encoding: 'latin1' })) {
    if (!isStateDirName(entry.name)) continue;
    throw new StoreError(
      'Conflict',
      `Expected ${paths.folder} to hold only sessions; found ${entry.name}, another store's. ` +
        'Move that store, or name another path.',
    );
  }
}

/**
 * Puts a new, empty folder in the place of the remembered one, which goes to the trash. Each step checks the folders as
 * they are, so that a run may be killed after any step, and another run may do it meanwhile.
 */
export async function replaceFolder(
  files: FileOperations,
  paths: StorePaths,
  replaced: Replaced,
): Promise<void> {
  const now = await replacedBy(files, paths.folder);
  if (now && now.inode !== replaced.inode) {
    await succeeded(files.rmdir(paths.staging), ['ENOENT']);
    return;
  }
  await makeAlike(files, paths, replaced);
  if (now) await moveOut(files, paths, replaced);
  await moveIn(files, paths);
}

/** Another run of the same overwrite may move the new folder in at any moment, with mode and owner set. */
async function makeAlike(files: FileOperations, paths: StorePaths, replaced: Replaced): Promise<void> {
  await succeeded(ensureFolder(files, paths.staging, folderMode), ['ENOENT']);
  // Only root may give it away; chown clears setgid, so the mode comes last.
  await succeeded(files.chown(paths.staging, replaced.uid, replaced.gid), ['EPERM', 'ENOENT']);
  await succeeded(files.chmod(paths.staging, replaced.mode), ['ENOENT']);
}

async function moveOut(files: FileOperations, paths: StorePaths, replaced: Replaced): Promise<void> {
  const name = createHash('sha256').update(replaced.inode).digest('hex').slice(0, 16);
  const trash = join(paths.trash, name);
  if (!(await succeeded(files.rename(paths.folder, trash), ['ENOENT', 'ENOTEMPTY', 'EEXIST']))) return;
  const moved = await replacedBy(files, trash);
  // Another run was quicker, and its new folder was moved: it goes back.
  if (moved && moved.inode !== replaced.inode) {
    await succeeded(files.rename(trash, paths.folder), ['ENOTEMPTY', 'EEXIST', 'ENOENT']);
  }
}
