import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { StoreError } from '../store-error.ts';
import {
  codeOf,
  entryPath,
  type FileOperations,
  folderMode,
  ignoring,
  inParallel,
  namesIn,
  succeeded,
} from './files.ts';
import { type Mark, ownerName, readMark } from './folder-mark.ts';
import { checkFolder, isStateDirName, type StorePaths, stateDirOf, stateNames } from './store-paths.ts';

/** Creates a folder with exactly this mode, for any umask and after any killed run. */
async function ensureFolder(files: FileOperations, folder: string, mode: number): Promise<void> {
  await succeeded(files.mkdir(folder, { mode: mode & 0o777 }), ['EEXIST']);
  const stats = await checkFolder(files, folder);
  if (!stats || (stats.mode & 0o7777) === mode || stats.uid !== process.geteuid?.()) return;
  await files.chmod(folder, mode);
}

/** Makes the state folder beside the session folder, and the folders in it. */
export async function ensureStateDir(files: FileOperations, paths: StorePaths): Promise<void> {
  try {
    await ensureFolder(files, paths.stateDir, folderMode);
  } catch (error) {
    throw await unwritable(files, paths, error);
  }
  for (const folder of [paths.quarantine, paths.tmp, paths.trash]) {
    await ensureFolder(files, folder, folderMode);
  }
  await sweepMarks(files, paths);
}

/** Creates the folders above the session folder; Conflict if one of them is another store's session folder. */
export async function ensureParents(files: FileOperations, paths: StorePaths): Promise<void> {
  for (const level of paths.levels.slice(0, -1)) {
    const mark = await readMark(files, join(stateDirOf(level), stateNames.mark));
    if (mark) {
      throw new StoreError(
        'Conflict',
        `Expected ${paths.folder} to lie outside of other stores; ${level} holds the sessions of ` +
          `${ownerName(mark.owner)}. Name a path beside it.`,
      );
    }
    await makeLevel(files, paths, level);
  }
}

async function makeLevel(files: FileOperations, paths: StorePaths, level: string): Promise<void> {
  try {
    await succeeded(files.mkdir(level, { mode: 0o775 }), ['EEXIST']);
  } catch (error) {
    throw await unwritable(files, paths, error);
  }
}

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

/** A file that a sweep cannot unlink stays, and the run goes on. */
export const cannotUnlink: readonly string[] = ['ENOENT', 'EISDIR', 'EACCES', 'EPERM', 'EIO'];

/** Removes temporary marks that a killed run left. */
async function sweepMarks(files: FileOperations, paths: StorePaths): Promise<void> {
  for await (const entry of await files.opendir(paths.stateDir)) {
    if (entry.name.startsWith(`${stateNames.mark}.`)) {
      await succeeded(files.unlink(join(paths.stateDir, entry.name)), cannotUnlink);
    }
  }
}

/** The error that says why a folder cannot be made beside the sessions, and the cure. */
async function unwritable(files: FileOperations, paths: StorePaths, error: unknown): Promise<unknown> {
  if (codeOf(error) !== 'EACCES' && codeOf(error) !== 'EPERM') return error;
  const at = await nearest(files, paths);
  return new StoreError(
    'VolumeUnusable',
    `Expected to make folders in ${at.path} as uid ${process.geteuid?.()}, gid ${process.getegid?.()}; it belongs ` +
      `to uid ${at.uid}, gid ${at.gid}, mode ${(at.mode & 0o7777).toString(8).padStart(4, '0')}. ` +
      `Run as the owner (pod.securityContext.runAsUser), or let the group write (pod.securityContext.fsGroup).`,
    { cause: error },
  );
}

async function nearest(
  files: FileOperations,
  paths: StorePaths,
): Promise<{ readonly path: string; readonly uid: number; readonly gid: number; readonly mode: number }> {
  for (const path of [...paths.levels.slice(0, -1)].reverse()) {
    const stats = await ignoring(['ENOENT', 'EACCES'], files.lstat(path));
    if (stats) return { path, uid: stats.uid, gid: stats.gid, mode: stats.mode };
  }
  const root = await files.stat(paths.root);
  return { path: paths.root, uid: root.uid, gid: root.gid, mode: root.mode };
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

const trashChunk = 4096;

/** An entry that cannot be removed stays, and the run goes on. */
const staying: readonly string[] = ['EACCES', 'EPERM', 'EBUSY', 'EIO', 'ENOTEMPTY', 'EUCLEAN', 'EBADMSG'];

/**
 * Removes the folders that were overwritten; gives a note where entries stay. Where the signal comes first, the rest waits
 * for another run.
 */
export async function emptyTrash(
  files: FileOperations,
  paths: StorePaths,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const trash = await ignoring(['ENOENT'], files.lstat(paths.trash));
  if (!trash?.isDirectory()) return [];
  const left = await removeEntries(files, { folder: paths.trash, device: trash.dev, signal });
  if (left === 0) return [];
  return [
    `In ${paths.trash}, which holds overwritten folders, ${left} entries could not be removed: they ` +
      'belong to another owner, or something is mounted there. Remove them by hand.',
  ];
}

interface Removal {
  readonly folder: string | Buffer;
  readonly device: number;
  readonly signal: AbortSignal | undefined;
}

/** Removes all entries of a folder, in flat memory, without following a link or leaving the file system; how many stay. */
async function removeEntries(files: FileOperations, removal: Removal): Promise<number> {
  const { folder, signal } = removal;
  let left = 0;
  for await (const names of namesIn(files, folder, trashChunk)) {
    if (signal?.aborted) return left;
    const others: (string | Buffer)[] = [];
    await inParallel(names, async (name) => {
      const path = entryPath(folder, name);
      // Unlinking a folder is EISDIR on Linux and EPERM in POSIX, which a file may give as well.
      if (!(await succeeded(files.unlink(path), ['ENOENT', 'EISDIR', ...staying]))) others.push(path);
    });
    for (const path of others) left += await removeFolder(files, { ...removal, folder: path });
  }
  return left;
}

/** Removes a folder, and leaves a file or a mount; how many entries stay. */
async function removeFolder(files: FileOperations, removal: Removal): Promise<number> {
  const { folder, device, signal } = removal;
  const stats = await ignoring(['ENOENT', ...staying], files.lstat(folder));
  if (!stats) return 0;
  if (!stats.isDirectory() || stats.dev !== device) return 1;
  const left = await leftIn(files, removal);
  if (left > 0 || signal?.aborted) return left;
  return (await succeeded(files.rmdir(folder), ['ENOENT', ...staying]))
    ? 0
    : Number(await isThere(files, folder));
}

/** How many entries stay in a folder. Another run may empty the same trash: a folder that it has removed holds none. */
async function leftIn(files: FileOperations, removal: Removal): Promise<number> {
  try {
    return await removeEntries(files, removal);
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (code === 'ENOENT') return 0;
    if (staying.includes(code)) return 1;
    throw error;
  }
}

async function isThere(files: FileOperations, path: string | Buffer): Promise<boolean> {
  return (await ignoring(['ENOENT'], files.lstat(path))) !== undefined;
}
