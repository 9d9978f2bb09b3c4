import { join } from 'node:path';
import { StoreError } from '../store-error.ts';
import { codeOf, type FileOperations, folderMode, ignoring, succeeded } from './files.ts';
import { ownerName, readMark } from './folder-mark.ts';
import { checkFolder, type StorePaths, stateDirOf, stateNames } from './store-paths.ts';

/** Creates a folder with exactly this mode, for any umask and after any killed run. */
export async function ensureFolder(files: FileOperations, folder: string, mode: number): Promise<void> {
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
