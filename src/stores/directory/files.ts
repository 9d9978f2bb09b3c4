import { constants } from 'node:fs';
import type * as promises from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { constants as osConstants } from 'node:os';
import { StoreError } from '../store-error.ts';

/** What the store asks of a file system: a part of node:fs/promises, which is what it gets by default. */
export type FileOperations = Pick<
  typeof promises,
  | 'access'
  | 'chmod'
  | 'chown'
  | 'link'
  | 'lstat'
  | 'mkdir'
  | 'open'
  | 'opendir'
  | 'rename'
  | 'rmdir'
  | 'stat'
  | 'statfs'
  | 'unlink'
>;

/**
 * The mode of a folder that set-up makes. Its owner is the pod's user, as nobody may give a folder away without
 * CAP_CHOWN; the application comes in as the same user, or through the pod's group, which setgid hands on to the files.
 */
export const folderMode = 0o2770;

/** The errno's name of a file system's error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return undefined;
  const isNamed = !error.code.startsWith('Unknown system error');
  return isNamed || !('errno' in error) ? error.code : (unnamed.get(-Number(error.errno)) ?? error.code);
}

/** What libuv has no names for: `Unknown system error -122` is a quota. */
const unnamed = new Map<number, string>([
  ...Object.entries(osConstants.errno).map(([name, number]): [number, string] => [number, name]),
  [117, 'EUCLEAN'],
]);

/** What the operation gives, or undefined where it fails with one of these codes. */
export async function unless<T>(codes: readonly string[], operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (codes.includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** Whether the operation was done, rather than failing with one of these codes. */
export async function done(operation: Promise<unknown>, unlessCodes: readonly string[]): Promise<boolean> {
  const finished = operation.then(() => true);
  return (await unless(unlessCodes, finished)) ?? false;
}

/** Makes what was renamed or linked in this folder survive a power cut. */
export async function syncFolder(files: FileOperations, folder: string): Promise<void> {
  const handle = await files.open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a file that must not exist yet, and waits until it is on the disk. */
export async function writeNewFile(files: FileOperations, path: string, text: string): Promise<void> {
  const handle = await files.open(path, 'wx', 0o640);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether there was no room for it: neither blocks, inodes nor quota. */
export const isFull = (error: unknown): boolean => noRoom.has(codeOf(error) ?? '');

const noRoom: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** Opening does not wait, whatever is there: O_NONBLOCK is for FIFOs and devices. */
export const neverWaiting = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens a file of the store's own, or gives undefined where there is none; PathInvalid for a link, a FIFO, a device, a
 * socket or a folder in its place: opening or reading one could hold the run up indefinitely.
 */
export async function openOwn(
  files: FileOperations,
  path: string,
  flags: number,
): Promise<FileHandle | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await unless(['ENOENT'], files.open(path, flags | neverWaiting));
  } catch (error) {
    throw notOpened.has(codeOf(error) ?? '') ? notRegular(path) : error;
  }
  if (!handle || (await handle.stat()).isFile()) return handle;
  await handle.close();
  throw notRegular(path);
}

/** A link; a FIFO without a reader, or a socket; a folder opened for writing. */
const notOpened: ReadonlySet<string> = new Set(['ELOOP', 'ENXIO', 'EISDIR']);

const notRegular = (path: string): StoreError =>
  new StoreError(
    'PathInvalid',
    `Expected ${path} to be a regular file; found a link, a FIFO or something else. Remove it, and let set-up run again.`,
  );

/** No file of the store's own is longer. */
const longestText = 65_536;

/** The text of a file of the store's own, as far as one can go; undefined where there is none. */
export async function readText(files: FileOperations, path: string): Promise<string | undefined> {
  const handle = await openOwn(files, path, constants.O_RDONLY);
  if (!handle) return undefined;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(longestText), 0, longestText, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
