import { type BigIntStats, constants, type Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { FileForm } from '../../layouts/file-form.ts';
import { StoreError } from '../store-error.ts';
import { type FileOperations, ignoring, type SyncFileOperations } from './files.ts';

/** The files, paths and layout that every part of the store works on. */
export interface StoreContext {
  readonly files: FileOperations;
  /** How clean-up reaches files; absent: through node:fs, in worker threads. */
  readonly syncFiles?: SyncFileOperations;
  readonly paths: StorePaths;
  readonly layout: FileForm;
}

/**
 * The paths of a store. Its own files are in a dot-folder beside the session folder, on the same file system: among
 * the sessions, session3's own clean-up would delete them or die of them.
 */
export interface StorePaths {
  /** The folder below which no symbolic link is followed: the volume. */
  readonly root: string;
  /** The folders from the root down to the session folder, itself the last. */
  readonly levels: readonly string[];
  /** The folder with the sessions. */
  readonly folder: string;
  /** The folder that holds the session folder and the state folder. */
  readonly parent: string;
  /** The dot-folder beside the session folder. */
  readonly stateDir: string;
  readonly mark: string;
  /** Written to read the file system's clock. */
  readonly clock: string;
  /** Linked and renamed to test whether sessions can be. */
  readonly probe: string;
  readonly probeBack: string;
  /** Space that is freed if there is no other. */
  readonly reserve: string;
  /** Folders of files that are about to be deleted. */
  readonly quarantine: string;
  /** Sessions that are being saved, before each is renamed over the old one. */
  readonly tmp: string;
  /** A new session folder, before it is renamed to its place. */
  readonly staging: string;
  /** Session folders that were overwritten, until they are removed. */
  readonly trash: string;
}

const stateDirPrefix = '.sessionstore-';
/** The name of the state folder, too, fits in the 255 bytes that a file system allows. */
const longestName = 255 - stateDirPrefix.length;

/** The names in a state folder: a format, as stores that exist have them. */
export const stateNames = {
  mark: 'mark.json',
  clock: 'clock',
  probe: 'probe',
  probeBack: 'probe-back',
  reserve: 'reserve',
  quarantine: 'quarantine',
  tmp: 'saving',
  staging: 'fresh',
  trash: 'trash',
} as const;

/** The state folder of a session folder. */
export function stateDirOf(folder: string): string {
  return join(dirname(folder), `${stateDirPrefix}${basename(folder)}`);
}

/** Whether an entry's name is that of a store's state folder. */
export const isStateDirName = (name: string): boolean => name.startsWith(stateDirPrefix);

/** The paths of the store whose session folder is `path` below `root`; PathInvalid where it is not below it. */
export function storePathsOf(root: string, path: string): StorePaths {
  const names = path.split('/');
  const wrong = names.find((name) => !isFolderName(name));
  if (wrong !== undefined) {
    throw new StoreError(
      'PathInvalid',
      `Expected the path to name folders below ${root}, such as shop/sessions; found ${JSON.stringify(path)}, ` +
        `whose part ${JSON.stringify(wrong)} is empty, too long or begins with a dot. Name another path.`,
    );
  }
  const top = resolve(root);
  const levels = names.map((_, depth) => join(top, ...names.slice(0, depth + 1)));
  const folder = join(top, ...names);
  const stateDir = stateDirOf(folder);
  return {
    root: top,
    levels,
    folder,
    parent: dirname(folder),
    stateDir,
    mark: join(stateDir, stateNames.mark),
    clock: join(stateDir, stateNames.clock),
    probe: join(stateDir, stateNames.probe),
    probeBack: join(stateDir, stateNames.probeBack),
    reserve: join(stateDir, stateNames.reserve),
    quarantine: join(stateDir, stateNames.quarantine),
    tmp: join(stateDir, stateNames.tmp),
    staging: join(stateDir, stateNames.staging),
    trash: join(stateDir, stateNames.trash),
  };
}

function isFolderName(name: string): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes > 0 && bytes <= longestName && !name.startsWith('.') && !name.includes('\0');
}

/**
 * Checks every level from the root down: each must be a folder and no symbolic link, so that the path cannot leave the
 * volume. Returns the session folder's stat, or undefined where it does not exist.
 *
 * Not covered: a program that may write to the volume and swaps a level for a link after this check, as Node has no
 * openat(). It could then lead to what the pod mounts: this one volume, and an image that is read-only.
 */
export async function checkPath(files: FileOperations, paths: StorePaths): Promise<Stats | undefined> {
  const root = await ignoring(['ENOENT'], files.stat(paths.root));
  if (!root?.isDirectory()) {
    throw new StoreError(
      'PathInvalid',
      `Expected a mounted volume at ${paths.root}; found ${root ? 'something that is no folder' : 'nothing'}.`,
    );
  }
  let last: Stats | undefined;
  for (const level of paths.levels) {
    last = await checkFolder(files, level);
    if (!last) return undefined;
  }
  return last;
}

/** The folder's stat, or undefined where it does not exist; PathInvalid where it is not a plain folder. */
export async function checkFolder(files: FileOperations, folder: string): Promise<Stats | undefined> {
  const stats = await ignoring(['ENOENT'], files.lstat(folder));
  if (!stats || stats.isDirectory()) return stats;
  const found = stats.isSymbolicLink() ? 'a symbolic link, which is never followed' : 'something else';
  throw new StoreError(
    'PathInvalid',
    `Expected ${folder} to be a folder; found ${found}. Remove it, or name another path.`,
  );
}

/**
 * The paths that a run has checked, and which folder or file each was. A run goes on for minutes, and by then the folder
 * may have been renamed away and another put in its place, a volume mounted over it, or the mark become another's.
 */
export type CheckedPaths = readonly { readonly path: string; readonly identity: string }[];

/** Remembers the session folder, the state folder and the quarantine, and the mark where the run goes by one. */
export async function identityOf(
  files: FileOperations,
  paths: StorePaths,
  hasMark: boolean,
): Promise<CheckedPaths> {
  const checked = [paths.folder, paths.stateDir, paths.quarantine, ...(hasMark ? [paths.mark] : [])];
  return Promise.all(
    checked.map(async (path) => ({ path, identity: identify(await files.lstat(path, { bigint: true })) })),
  );
}

/** Throws StoreChanged if one of them has been replaced. */
export function requireUnchanged(files: SyncFileOperations, checked: CheckedPaths): void {
  for (const { path, identity } of checked) {
    const stats = files.lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (!stats || identify(stats) !== identity) throw changed(path, stats !== undefined);
  }
}

/**
 * Opens the session folder, and gives a path through its handle: whatever happens to the folder's name, that path leads
 * to the folder that was checked. Where the kernel has no such paths, it is the folder's name.
 */
export async function holdFolder(
  files: FileOperations,
  paths: StorePaths,
  checked: CheckedPaths,
): Promise<{ readonly handle: FileHandle; readonly path: string }> {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  const handle = await files.open(paths.folder, flags);
  const identity = identify(await handle.stat({ bigint: true }));
  if (identity !== checked.find(({ path }) => path === paths.folder)?.identity) {
    await handle.close();
    throw changed(paths.folder, true);
  }
  const path = `/proc/self/fd/${handle.fd}`;
  const through = await files.stat(path, { bigint: true }).catch(() => undefined);
  return { handle, path: through && identify(through) === identity ? path : paths.folder };
}

/** A folder's inode stays while its entries change; each version of the mark has another inode or time. */
function identify(stats: BigIntStats): string {
  const { dev, ino, size, mtimeNs } = stats;
  return stats.isDirectory() ? `${dev}:${ino}` : `${dev}:${ino}:${size}:${mtimeNs}`;
}

const changed = (path: string, isThere: boolean): StoreError =>
  new StoreError(
    'StoreChanged',
    `Expected ${path} to stay the one that this run checked; found ${isThere ? 'another' : 'nothing'} in its place. ` +
      'The run stopped before it deleted more. The next one checks the store again.',
  );
