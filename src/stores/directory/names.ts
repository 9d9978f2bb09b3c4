import type { Dirent } from 'node:fs';
import type { DirectoryLayout } from '../../layouts/layout.ts';
import type { FileOperations } from './files.ts';

/**
 * File names are bytes: here each byte is one character (latin1), which keeps names that are no valid UTF-8, and
 * takes a byte of memory for each.
 */
export async function* namesIn(
  files: FileOperations,
  folder: string | Buffer,
  size: number,
  wanted: (entry: Dirent) => boolean = () => true,
): AsyncGenerator<string[]> {
  let names: string[] = [];
  for await (const entry of await files.opendir(folderPath(folder), {
    encoding: 'latin1',
    bufferSize: 1024,
  })) {
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

/** The path of an entry that namesIn() gave. */
export function entryPath(folder: string | Buffer, name: string): string | Buffer {
  if (typeof folder === 'string' && ascii.test(name)) return `${folder}/${name}`;
  return Buffer.concat([Buffer.from(folder), Buffer.from(`/${name}`, 'latin1')]);
}

/** opendir() takes Buffers, though its type says otherwise. */
const folderPath = (folder: string | Buffer): string => folder as string;

/** Whether an entry may be a session: dot-files and folders never are; links and the like are told apart later. */
export const sessionNames =
  (layout: DirectoryLayout) =>
  (entry: Dirent): boolean =>
    !entry.name.startsWith('.') && !entry.isDirectory() && layout.isSessionName(entry.name);
