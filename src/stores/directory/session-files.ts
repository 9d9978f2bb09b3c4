import type { Dirent } from 'node:fs';
import { type FileForm, idInName, isLeftoverName, pathInFolder } from '../../layouts/file-form.ts';
import { codeOf, entryPath, type FileOperations, namesIn } from './files.ts';

/** The path of a session's file. */
export const sessionPath = (layout: FileForm, folder: string | Buffer, name: string): string | Buffer =>
  entryPath(folder, pathInFolder(layout, name));

/** True if an entry may be a session: folders never are; links and other kinds are distinguished later. */
export const isSessionEntry =
  (layout: FileForm) =>
  (entry: Dirent): boolean =>
    !entry.isDirectory() && idInName(layout, entry.name) !== undefined;

/** The same for sessions and for the library's temporary files. */
export const isLibraryEntry =
  (layout: FileForm) =>
  (entry: Dirent): boolean =>
    !entry.isDirectory() &&
    (idInName(layout, entry.name) !== undefined || isLeftoverName(layout, entry.name));

/**
 * Lists the files' names in chunks, those of the layout's subfolders without their folders: pathInFolder() leads back. A
 * file in a folder that is not its own is left out, as the library does not find it either.
 */
export async function* sessionNamesIn(
  files: FileOperations,
  { folder, layout, size }: { readonly folder: string; readonly layout: FileForm; readonly size: number },
  wanted: (entry: Dirent) => boolean = isSessionEntry(layout),
): AsyncGenerator<string[]> {
  if (!layout.depth) {
    yield* namesIn(files, folder, size, wanted);
    return;
  }
  let chunk: string[] = [];
  for await (const subfolder of subfoldersOf(files, folder, layout.depth)) {
    const isOwn = (name: string): boolean => pathInFolder(layout, name) === subfolder + name;
    for await (const names of namesThere(files, `${folder}/${subfolder}`, size, wanted)) {
      chunk.push(...names.filter(isOwn));
      if (chunk.length < size) continue;
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}

/** The subfolders at this depth, such as `a/b/`; links are not followed. */
async function* subfoldersOf(files: FileOperations, folder: string, depth: number): AsyncGenerator<string> {
  if (depth === 0) {
    yield '';
    return;
  }
  for await (const names of namesThere(files, folder, levelChunk, isLevel)) {
    for (const name of names) {
      for await (const below of subfoldersOf(files, `${folder}/${name}`, depth - 1)) yield `${name}/${below}`;
    }
  }
}

const isLevel = (entry: Dirent): boolean => entry.isDirectory() && /^[\w,-]$/.test(entry.name);

/** More than there are names of one character. */
const levelChunk = 128;

/** The names in a folder, which may have been removed meanwhile. */
async function* namesThere(...listing: Parameters<typeof namesIn>): AsyncGenerator<string[]> {
  try {
    yield* namesIn(...listing);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
