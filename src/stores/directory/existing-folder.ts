import { constants, type Dirent, type Stats } from 'node:fs';
import { idInName, isLibraryName, looksLikeSession } from '../../layouts/file-form.ts';
import { shapes } from '../../layouts/index.ts';
import { StoreError } from '../store-error.ts';
import {
  codeOf,
  entryPath,
  type FileOperations,
  ignoring,
  inParallel,
  namesIn,
  openRegular,
  succeeded,
} from './files.ts';
import { sessionNamesIn, sessionPath } from './session-files.ts';
import { isStateDirName, type StoreContext } from './store-paths.ts';

/** How many entries are listed, and how many of them are opened: a folder of millions is adopted at once. */
const listed = 10_000;
const opened = 100;
const headBytes = 64;

/** How many files an overwrite checks at a time. */
const chunkSize = 512;

/**
 * ShapeMismatch where files of a sample are not the layout's sessions. The sample is spread over the entries that are
 * listed first, which on most file systems is the order of a hash.
 */
export async function requireShape(context: StoreContext): Promise<void> {
  const { files, paths, layout } = context;
  const names = await firstNames(files, paths.folder);
  const store = names.find(isStateDirName);
  if (store !== undefined) {
    throw new StoreError(
      'Conflict',
      `Expected ${paths.folder} to hold only sessions; found ${store}, another store's. Name another path.`,
    );
  }
  const sessions = await firstSessions(context);
  const heads = await headsOf(
    files,
    spread(sessions, opened).map((name) => sessionPath(layout, paths.folder, name)),
  );
  const others = heads.filter((head) => !looksLikeSession(layout, head)).length;
  const mayBeForeign = others > 0 || sessions.length === 0;
  const other = mayBeForeign ? await layoutLike(context, names) : undefined;
  if (others === 0 && other === undefined) return;
  const found =
    sessions.length === 0
      ? 'found none with the name of a session'
      : `of ${heads.length} that were opened, ${others} are not`;
  throw new StoreError(
    'ShapeMismatch',
    `Expected the files in ${paths.folder} to be sessions; ${found}. ` +
      (other === undefined
        ? 'Move the other files, or name another path.'
        : `They look like sessions of the layout ${other}: set spec.layout, or name another path.`),
  );
}

/** The layout that has such names and contents; undefined where no layout has. */
async function layoutLike(
  { files, paths }: StoreContext,
  names: readonly string[],
): Promise<string | undefined> {
  const sample = spread(
    names.filter((name) => !name.startsWith('.')),
    opened,
  );
  const heads = await headsOf(
    files,
    sample.map((name) => entryPath(paths.folder, name)),
  );
  if (heads.length === 0) return undefined;
  return shapes.find(({ directory: form }) => {
    if (!form || !sample.some((name) => idInName(form, name) !== undefined)) return false;
    return (
      sample.every((name) => isLibraryName(form, name)) && heads.every((head) => looksLikeSession(form, head))
    );
  })?.name;
}

/** The first bytes of the files that can be read; where none can, the error is thrown. */
async function headsOf(
  files: FileOperations,
  paths: readonly (string | Buffer)[],
): Promise<readonly string[]> {
  const heads: string[] = [];
  let denied: unknown;
  await inParallel(paths, async (path) => {
    try {
      const head = await headOf(files, path);
      if (head !== undefined) heads.push(head);
    } catch (error) {
      if (!['EACCES', 'EPERM', 'EIO'].includes(codeOf(error) ?? '')) throw error;
      denied = error;
    }
  });
  if (denied && heads.length === 0) throw denied;
  return heads;
}

/**
 * ShapeMismatch where an entry of the folder is not a session of the layout: an overwrite destroys all of them, and only
 * their contents tell whose they are.
 */
export async function requireOnlySessions({ files, paths, layout }: StoreContext): Promise<void> {
  const check = (entry: Dirent): boolean => {
    if (!entry.isFile())
      throw notOnlySessions(paths.folder, entry.isDirectory() ? 'a folder' : 'a link or the like');
    if (!isLibraryName(layout, entry.name))
      throw notOnlySessions(paths.folder, 'a file with a name that no session has');
    return true;
  };
  for await (const names of namesIn(files, paths.folder, chunkSize, check)) {
    await inParallel(names, async (name) => {
      const head = await headOf(files, entryPath(paths.folder, name));
      if (idInName(layout, name) !== undefined && head !== undefined && !looksLikeSession(layout, head)) {
        throw notOnlySessions(paths.folder, 'a file whose content is not a session');
      }
    });
  }
}

const notOnlySessions = (folder: string, found: string): StoreError =>
  new StoreError(
    'ShapeMismatch',
    `Expected ${folder} to hold only sessions, because it was not made by this SessionStore and ` +
      `setup.ifExists is Overwrite; found ${found}. The store was not changed. Name another path, or ` +
      'remove the folder if its contents may go.',
  );

/** The first names that the folder lists. */
async function firstNames(files: FileOperations, folder: string): Promise<readonly string[]> {
  for await (const names of namesIn(files, folder, listed)) return names;
  return [];
}

/** True if the folder has subfolders as a layout with a depth names them: by one character of an id. */
export async function hasLevels({ files, paths }: StoreContext): Promise<boolean> {
  const names = (await firstNames(files, paths.folder)).filter((name) => /^[A-Za-z0-9,-]$/.test(name));
  for (const name of names.slice(0, 8)) {
    const found = await ignoring(['ENOENT'], files.lstat(entryPath(paths.folder, name)));
    if (found?.isDirectory()) return true;
  }
  return false;
}

/** The names of the first sessions, those in subfolders included. */
async function firstSessions({ files, paths, layout }: StoreContext): Promise<readonly string[]> {
  const { folder } = paths;
  for await (const names of sessionNamesIn(files, { folder, layout, size: listed })) return names;
  return [];
}

/** At most `count` of the items, at even distances. */
export function spread<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  const step = items.length / count;
  return Array.from({ length: count }, (_, i) => items[Math.floor(i * step)]).filter((x) => x !== undefined);
}

/** A regular file's first bytes as latin1; undefined for anything else, and for a file that is gone. */
export async function headOf(files: FileOperations, path: string | Buffer): Promise<string | undefined> {
  // Opening a device could have an effect. openRegular() checks again, as the entry may be replaced meanwhile.
  const found = await ignoring(['ENOENT'], files.lstat(path));
  const file = found?.isFile() ? await openRegular(files, path) : undefined;
  if (!file) return undefined;
  const { handle } = file;
  try {
    const head = Buffer.alloc(headBytes);
    const { bytesRead } = await handle.read(head, 0, headBytes, 0);
    return head.toString('latin1', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/**
 * A note where a clean-up would leave files that belong to other users, or undefined. Only the entries that are listed
 * first are checked, as a folder may hold millions.
 */
export async function foreignFilesNote(context: StoreContext): Promise<string | undefined> {
  const { files, paths, layout } = context;
  const uid = process.geteuid?.();
  const folder = await ignoring(['ENOENT'], files.lstat(paths.folder));
  // Root can do everything except change immutable files.
  if (uid === undefined || uid === 0 || !folder) return undefined;
  const names = await firstSessions(context);
  const owners = new Set<number>();
  let foreign = 0;
  await inParallel(names, async (name) => {
    const path = sessionPath(layout, paths.folder, name);
    const stats = await ignoring(['ENOENT', 'EIO'], files.lstat(path));
    if (!stats?.isFile() || stats.uid === uid) return;
    const access = files.access(path, readAndWrite);
    if (!isSticky(folder, uid) && (await succeeded(access, ['EACCES', 'ENOENT']))) return;
    foreign++;
    owners.add(stats.uid);
  });
  if (foreign === 0) return undefined;
  return (
    `Of the first ${names.length} files in ${paths.folder}, uid ${uid} may not delete ${foreign}, as they belong to ` +
    `uid ${[...owners].slice(0, 4).join(', ')}: a clean-up leaves and counts them. Run as the owner of all files (pod.securityContext.runAsUser), or change their owner.`
  );
}

/** The access that the kernel demands before another owner's file is linked (fs.protected_hardlinks). */
const readAndWrite = constants.R_OK | constants.W_OK;

/** In a sticky folder only its owner may move or delete another user's files. */
const isSticky = (folder: Stats, uid: number): boolean => (folder.mode & 0o1000) !== 0 && folder.uid !== uid;
