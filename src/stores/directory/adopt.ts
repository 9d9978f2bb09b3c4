import { constants, type Dirent } from 'node:fs';
import { StoreError } from '../store-error.ts';
import { inParallel } from './concurrency.ts';
import type { StoreContext } from './context.ts';
import { codeOf, type FileOperations, neverWaiting, unless } from './files.ts';
import { entryPath, namesIn, sessionNames } from './names.ts';
import { isAsideName } from './places.ts';

/** How many entries are listed, and how many of these are opened: a folder of millions is adopted in no time. */
const listed = 10_000;
const opened = 100;
const headBytes = 64;

/** How many files an overwrite looks at together. */
const chunkSize = 512;

/**
 * ShapeMismatch where a sample of the folder's files are not the layout's sessions. The sample is
 * spread over what is listed first, which most file systems do in the order of a hash.
 */
export async function requireShape(context: StoreContext): Promise<void> {
  const { files, places, layout } = context;
  const names = await firstNames(files, places.folder);
  const store = names.find(isAsideName);
  if (store !== undefined) {
    throw new StoreError(
      'Conflict',
      `Expected ${places.folder} to hold only sessions; found ${store}, another store's. Name another path.`,
    );
  }
  const candidates = names.filter((name) => !name.startsWith('.') && layout.isSessionName(name));
  const sample = await headsOf(files, places.folder, spread(candidates, opened));
  const others = sample.filter((head) => !layout.looksLikeSession(head)).length;
  if (others === 0) return;
  throw new StoreError(
    'ShapeMismatch',
    `Expected the files in ${places.folder} to be sessions; of ${sample.length} that were opened, ` +
      `${others} are not. Move the other files, or name another path.`,
  );
}

/** The beginnings of the files that can be read; what denies them, where it is all of them. */
async function headsOf(
  files: FileOperations,
  folder: string,
  names: readonly string[],
): Promise<readonly Uint8Array[]> {
  const heads: Uint8Array[] = [];
  let denied: unknown;
  await inParallel(names, async (name) => {
    try {
      const head = await headOf(files, entryPath(folder, name));
      if (head) heads.push(head);
    } catch (error) {
      if (!['EACCES', 'EPERM', 'EIO'].includes(codeOf(error) ?? '')) throw error;
      denied = error;
    }
  });
  if (denied && heads.length === 0) throw denied;
  return heads;
}

/**
 * ShapeMismatch where anything in the folder is no session of the layout: an overwrite destroys all of it, and nothing but
 * its contents says whose it is.
 */
export async function requireOnlySessions({ files, places, layout }: StoreContext): Promise<void> {
  const isNamedAsSession = sessionNames(layout);
  const check = (entry: Dirent): boolean => {
    if (!entry.isFile())
      throw notOnlySessions(places.folder, entry.isDirectory() ? 'a folder' : 'a link or the like');
    if (!isNamedAsSession(entry))
      throw notOnlySessions(places.folder, 'a file with a name that no session has');
    return true;
  };
  for await (const names of namesIn(files, places.folder, chunkSize, check)) {
    await inParallel(names, async (name) => {
      const head = await headOf(files, entryPath(places.folder, name));
      if (head && !layout.looksLikeSession(head)) {
        throw notOnlySessions(places.folder, 'a file whose content is not a session');
      }
    });
  }
}

const notOnlySessions = (folder: string, found: string): StoreError =>
  new StoreError(
    'ShapeMismatch',
    `Expected ${folder} to hold nothing but sessions, as it was not made by this SessionStore and ` +
      `setup.ifExists is Overwrite; found ${found}. The store was not changed. Name another path, or ` +
      'remove the folder if its contents may go.',
  );

/** The names that the folder lists first. */
export async function firstNames(files: FileOperations, folder: string): Promise<readonly string[]> {
  for await (const names of namesIn(files, folder, listed)) return names;
  return [];
}

/** At most `count` of the items, at even distances. */
export function spread<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  const step = items.length / count;
  return Array.from({ length: count }, (_, i) => items[Math.floor(i * step)]).filter((x) => x !== undefined);
}

/** A regular file's first bytes; undefined for whatever else it is, and for one that is gone. */
async function headOf(files: FileOperations, path: string | Buffer): Promise<Uint8Array | undefined> {
  const stats = await unless(['ENOENT'], files.lstat(path));
  if (!stats?.isFile()) return undefined;
  // It may be something else by now.
  const opening = files.open(path, constants.O_RDONLY | neverWaiting);
  const handle = await unless(['ENOENT', 'ELOOP', 'ENXIO'], opening);
  if (!handle) return undefined;
  try {
    if (!(await handle.stat()).isFile()) return undefined;
    const head = Buffer.alloc(headBytes);
    const { bytesRead } = await handle.read(head, 0, headBytes, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
