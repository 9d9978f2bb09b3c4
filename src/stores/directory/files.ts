import { constants } from 'node:fs';
import type * as promises from 'node:fs/promises';

/** What the store asks of a file system: a part of node:fs/promises, which is what it gets by default. */
export type FileOperations = Pick<
  typeof promises,
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
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

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

/** A file's text, or undefined where there is none. A symbolic link is not followed. */
export async function readText(files: FileOperations, path: string): Promise<string | undefined> {
  const handle = await unless(['ENOENT'], files.open(path, constants.O_RDONLY | constants.O_NOFOLLOW));
  if (!handle) return undefined;
  try {
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
