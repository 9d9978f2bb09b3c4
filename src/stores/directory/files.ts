import type fs from 'node:fs';
import { constants, type Dirent, type Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { constants as osConstants } from 'node:os';
import { StoreError } from '../store-error.ts';

/** The operations of node:fs/promises that the store uses. */
export type FileOperations = Pick<
  typeof fs.promises,
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

/** The operations of node:fs that clean-up uses in its worker threads. */
export type SyncFileOperations = Pick<
  typeof fs,
  | 'chmodSync'
  | 'closeSync'
  | 'fstatSync'
  | 'linkSync'
  | 'lstatSync'
  | 'mkdirSync'
  | 'openSync'
  | 'readdirSync'
  | 'readSync'
  | 'renameSync'
  | 'rmdirSync'
  | 'unlinkSync'
>;

/** A part of node:fs. */
export type FileSystem = SyncFileOperations & { readonly promises: FileOperations };

/**
 * The mode of a folder that set-up makes. Its owner is the pod's user, as giving a folder away takes CAP_CHOWN; the
 * application comes in as the same user, or through the pod's group, which setgid hands on to the files.
 */
export const folderMode = 0o2770;

/** The errno's name of a file system's error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return undefined;
  const isNamed = !error.code.startsWith('Unknown system error');
  return isNamed || !('errno' in error) ? error.code : (unnamed.get(-Number(error.errno)) ?? error.code);
}

/** Names that libuv lacks: `Unknown system error -122` is a quota. */
const unnamed = new Map<number, string>([
  ...Object.entries(osConstants.errno).map(([name, number]): [number, string] => [number, name]),
  [117, 'EUCLEAN'],
]);

/** Whether there was no room: neither blocks, inodes nor quota. */
export const isFull = (error: unknown): boolean => noRoom.has(codeOf(error) ?? '');

const noRoom: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** The operation's result, or undefined where it fails with one of these codes. */
export async function ignoring<T>(codes: readonly string[], operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (codes.includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** True where the operation succeeded, false where it failed with one of these codes. */
export async function succeeded(operation: Promise<unknown>, orCodes: readonly string[]): Promise<boolean> {
  const finished = operation.then(() => true);
  return (await ignoring(orCodes, finished)) ?? false;
}

/** More than libuv's four threads, so that they do not wait for the event loop. */
const atOnce = 16;

/** Works on several items at once. After the first error no other item is begun; it is thrown once all have settled. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      if (failed) return;
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  const rejected = outcomes.find((outcome) => outcome.status === 'rejected');
  if (rejected) throw rejected.reason;
}

/** Makes a rename or link in this folder survive a power cut. */
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

/** Opens without waiting, whatever is there: O_NONBLOCK is for FIFOs and devices. No link is followed. */
const neverWaiting = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A regular file, open; whoever got it closes it. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly stats: Stats;
}

/** Opens a regular file to read it; undefined where it is missing, or is a link, a FIFO or anything else. */
export async function openRegular(
  files: FileOperations,
  path: string | Buffer,
): Promise<OpenFile | undefined> {
  // ELOOP: a link. ENXIO: a socket.
  const opening = files.open(path, constants.O_RDONLY | neverWaiting);
  const handle = await ignoring(['ENOENT', 'ELOOP', 'ENXIO'], opening);
  return handle && ifRegular(handle);
}

/**
 * Opens a file of the store's own, or gives undefined where it is missing; PathInvalid for a link, a FIFO, a device, a
 * socket or a folder in its place: opening or reading one could hold the run up indefinitely.
 */
export async function openOwn(
  files: FileOperations,
  path: string,
  flags: number,
): Promise<FileHandle | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await ignoring(['ENOENT'], files.open(path, flags | neverWaiting));
  } catch (error) {
    throw notOpened.has(codeOf(error) ?? '') ? notRegular(path) : error;
  }
  if (handle && !(await ifRegular(handle))) throw notRegular(path);
  return handle;
}

/** Closes the handle and gives undefined where it is not a regular file's. */
async function ifRegular(handle: FileHandle): Promise<OpenFile | undefined> {
  let file: OpenFile | undefined;
  try {
    const stats = await handle.stat();
    if (stats.isFile()) file = { handle, stats };
    return file;
  } finally {
    if (!file) await handle.close();
  }
}

/** A link; a FIFO without a reader, or a socket; a folder opened for writing. */
const notOpened: ReadonlySet<string> = new Set(['ELOOP', 'ENXIO', 'EISDIR']);

const notRegular = (path: string): StoreError =>
  new StoreError(
    'PathInvalid',
    `Expected ${path} to be a regular file; found a link, a FIFO or something else. Remove it, and let set-up run again.`,
  );

/** Maximum length of the store's own files. */
const longestText = 65_536;

/** The text of a file of the store's own, at most `longestText` bytes of it; undefined where it is missing. */
export async function readText(files: FileOperations, path: string): Promise<string | undefined> {
  await using handle = await openOwn(files, path, constants.O_RDONLY);
  if (!handle) return undefined;
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(longestText), 0, longestText, 0);
  return buffer.toString('utf8', 0, bytesRead);
}

/**
 * Lists a folder in chunks. File names are bytes: here each byte is one character (latin1), which keeps names that are
 * no valid UTF-8, and takes a byte of memory for each.
 */
export async function* namesIn(
  files: FileOperations,
  folder: string | Buffer,
  size: number,
  wanted: (entry: Dirent) => boolean = () => true,
): AsyncGenerator<string[]> {
  let names: string[] = [];
  // opendir() takes Buffers, though its type says otherwise.
  const path = folder as string;
  for await (const entry of await files.opendir(path, { encoding: 'latin1', bufferSize: 1024 })) {
    if (!wanted(entry)) continue;
    names.push(entry.name);
    if (names.length < size) continue;
    yield names;
    names = [];
  }
  if (names.length > 0) yield names;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly the bytes that are the same in every encoding
const ascii = /^[\x00-\x7f]*$/;

/** The path of an entry of namesIn(). */
export function entryPath(folder: string | Buffer, name: string): string | Buffer {
  if (typeof folder === 'string' && ascii.test(name)) return `${folder}/${name}`;
  return Buffer.concat([Buffer.from(folder), Buffer.from(`/${name}`, 'latin1')]);
}
