import { join } from 'node:path';
import { StoreError } from '../store-error.ts';
import { codeOf, done, type FileOperations, folderMode, unless } from './files.ts';
import { nameOf, readMark } from './mark.ts';
import { checkFolder } from './path-check.ts';
import { asideOf, type Places } from './places.ts';

/** Makes a folder with exactly this mode, whatever the umask and whatever a killed run left. */
export async function ensureFolder(files: FileOperations, folder: string, mode: number): Promise<void> {
  await done(files.mkdir(folder, { mode: mode & 0o777 }), ['EEXIST']);
  const stats = await checkFolder(files, folder);
  if (!stats || (stats.mode & 0o7777) === mode || stats.uid !== process.geteuid?.()) return;
  await files.chmod(folder, mode);
}

/** The dot-folder beside the session folder, and the folders in it. */
export async function ensureAside(files: FileOperations, places: Places): Promise<void> {
  try {
    await ensureFolder(files, places.aside, folderMode);
  } catch (error) {
    throw await unwritable(files, places, error);
  }
  for (const folder of [places.quarantine, places.saving, places.trash]) {
    await ensureFolder(files, folder, folderMode);
  }
  await sweepMarks(files, places);
}

/** Makes the levels above the session folder; Conflict where one of them is another store's session folder. */
export async function ensureParents(files: FileOperations, places: Places): Promise<void> {
  for (const level of places.levels.slice(0, -1)) {
    const mark = await readMark(files, join(asideOf(level), 'mark.json'));
    if (mark) {
      throw new StoreError(
        'Conflict',
        `Expected ${places.folder} to lie outside of other stores; ${level} holds the sessions of ` +
          `${nameOf(mark.owner)}. Name a path beside it.`,
      );
    }
    await makeLevel(files, places, level);
  }
}

async function makeLevel(files: FileOperations, places: Places, level: string): Promise<void> {
  try {
    await done(files.mkdir(level, { mode: 0o775 }), ['EEXIST']);
  } catch (error) {
    throw await unwritable(files, places, error);
  }
}

/** A new, empty session folder in its place; one that is there already stays. */
export async function createFolder(files: FileOperations, places: Places): Promise<void> {
  // Made aside and moved, so that nobody ever sees it with another mode.
  if (await checkFolder(files, places.folder)) {
    await done(files.rmdir(places.fresh), ['ENOENT']);
    return;
  }
  // Gone: another run has just moved it in.
  await done(ensureFolder(files, places.fresh, folderMode), ['ENOENT']);
  await moveIn(files, places);
}

/** Moves the fresh folder to its place; a folder that somebody else made there meanwhile, and filled, stays. */
export async function moveIn(files: FileOperations, places: Places): Promise<void> {
  if (await done(files.rename(places.fresh, places.folder), ['ENOTEMPTY', 'EEXIST', 'ENOENT'])) return;
  await done(files.rmdir(places.fresh), ['ENOENT']);
}

/** Temporary marks that a killed run left. */
async function sweepMarks(files: FileOperations, places: Places): Promise<void> {
  for await (const entry of await files.opendir(places.aside)) {
    if (entry.name.startsWith('mark.json.')) {
      await done(files.unlink(join(places.aside, entry.name)), [
        'ENOENT',
        'EISDIR',
        'EACCES',
        'EPERM',
        'EIO',
      ]);
    }
  }
}

/** Why nothing can be written beside the session folder, and the cure. */
async function unwritable(files: FileOperations, places: Places, error: unknown): Promise<unknown> {
  if (codeOf(error) !== 'EACCES' && codeOf(error) !== 'EPERM') return error;
  const at = await nearest(files, places);
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
  places: Places,
): Promise<{ readonly path: string; readonly uid: number; readonly gid: number; readonly mode: number }> {
  for (const path of [...places.levels.slice(0, -1)].reverse()) {
    const stats = await unless(['ENOENT', 'EACCES'], files.lstat(path));
    if (stats) return { path, uid: stats.uid, gid: stats.gid, mode: stats.mode };
  }
  const root = await files.stat(places.root);
  return { path: places.root, uid: root.uid, gid: root.gid, mode: root.mode };
}
