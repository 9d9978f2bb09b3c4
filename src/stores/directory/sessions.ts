import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FileForm, idInName, nameOfId } from '../../layouts/file-form.ts';
import type { Session } from '../session-store.ts';
import { StoreError } from '../store-error.ts';
import { type FileOperations, ignoring, openRegular, succeeded } from './files.ts';
import { ensureStateDir } from './folders.ts';
import { sessionNamesIn, sessionPath } from './session-files.ts';
import type { StoreContext } from './store-paths.ts';

const chunkSize = 1024;
/** Far longer than clean-up takes to put a session back. */
const putBackMs = 20;
/** A file that has been empty for longer was left by a dead writer. */
const writingMs = 1000;
/** For owner and group, as far as the umask lets; closed to others. */
const fileMode = 0o660;

/** The session's bytes, or undefined where it does not exist. */
export async function loadSession(context: StoreContext, id: string): Promise<Uint8Array | undefined> {
  const path = pathOf(context, id);
  return withOneRetry(context, () => read(context.files, path));
}

/**
 * Writes beside the sessions and renames over the old one: a reader sees the old session or the new one, whole, and the
 * time of change always moves. A session without bytes is refused: session3 would wait for it indefinitely.
 */
export async function saveSession(context: StoreContext, id: string, payload: Uint8Array): Promise<void> {
  const { files, paths, layout } = context;
  if (!layout.saves) {
    throw new StoreError(
      'InvalidInput',
      "Expected a layout whose sessions any program may save, such as session3's; got one of a library that alone " +
        'writes its files. Save the session through that library.',
    );
  }
  const path = pathOf(context, id);
  if (payload.length === 0) {
    throw new StoreError(
      'InvalidInput',
      'Expected a session of at least one byte; got none. Delete it instead.',
    );
  }
  const temporary = join(paths.tmp, randomUUID());
  const create = () => files.open(temporary, 'wx', fileMode);
  let handle = await ignoring(['ENOENT'], create());
  if (!handle) {
    await ensureStateDir(files, paths);
    handle = await create();
  }
  try {
    try {
      await handle.writeFile(payload);
    } finally {
      await handle.close();
    }
    await files.rename(temporary, path);
  } catch (error) {
    await succeeded(files.unlink(temporary), ['ENOENT']);
    throw error;
  }
}

/** Deletes the session if it exists. */
export async function deleteSession(context: StoreContext, id: string): Promise<void> {
  const path = pathOf(context, id);
  // EISDIR: a folder is not a session.
  const unlinked = async () =>
    (await succeeded(context.files.unlink(path), ['ENOENT', 'EISDIR'])) || undefined;
  await withOneRetry(context, unlinked);
}

/** True if there is a session: a regular file that is not a dead writer's leftover. */
export async function hasSession(context: StoreContext, id: string): Promise<boolean> {
  const path = pathOf(context, id);
  const stats = await withOneRetry(context, () => ignoring(['ENOENT'], context.files.lstat(path)));
  return stats?.isFile() === true && (stats.size > 0 || isBeingWritten(stats));
}

const isBeingWritten = ({ mtimeMs }: { readonly mtimeMs: number }): boolean =>
  Math.abs(Date.now() - mtimeMs) <= writingMs;

function pathOf({ paths, layout }: StoreContext, id: string): string | Buffer {
  return sessionPath(layout, paths.folder, fileNameOf(id, layout));
}

/**
 * Tries a second time where the first finds nothing while a clean-up runs: it takes a session that is saved at that
 * moment out of the folder, and puts it back at once.
 */
async function withOneRetry<T>(
  context: StoreContext,
  find: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const found = await find();
  if (found !== undefined || !(await isBeingCleaned(context))) return found;
  await sleep(putBackMs);
  return find();
}

async function isBeingCleaned({ files, paths }: StoreContext): Promise<boolean> {
  const quarantine = await ignoring(['ENOENT', 'EACCES'], files.opendir(paths.quarantine));
  if (!quarantine) return false;
  try {
    return (await quarantine.read()) !== null;
  } finally {
    await quarantine.close();
  }
}

/** Every session, with at most a thousand names in memory; a session that vanishes meanwhile is left out. */
export async function* iterSessions(context: StoreContext): AsyncGenerator<Session> {
  const { files, paths, layout } = context;
  const names = sessionNamesIn(files, { folder: paths.folder, layout, size: chunkSize });
  for await (const chunk of names) {
    for (const name of chunk) {
      const payload = await read(files, sessionPath(layout, paths.folder, name));
      if (payload) yield [idOf(idInName(layout, name) ?? name), payload];
    }
  }
}

/**
 * A regular file's bytes; undefined where it is gone or something else. A session3 writer empties its file before it
 * fills it: the read waits for that, unless the file has been empty for longer than a writer takes.
 */
async function read(files: FileOperations, path: string | Buffer): Promise<Uint8Array | undefined> {
  for (;;) {
    const found = await readOnce(files, path);
    if (found === undefined || found.payload.length > 0) return found?.payload;
    if (!isBeingWritten(found)) return undefined;
    await sleep(putBackMs);
  }
}

async function readOnce(
  files: FileOperations,
  path: string | Buffer,
): Promise<{ readonly payload: Uint8Array; readonly mtimeMs: number } | undefined> {
  const file = await openRegular(files, path);
  if (!file) return undefined;
  try {
    return { payload: await file.handle.readFile(), mtimeMs: file.stats.mtimeMs };
  } finally {
    await file.handle.close();
  }
}

const longestName = 255;

/**
 * The file name of a session, each byte as one character (latin1); InvalidInput for an id that cannot be a file name: it
 * could leave the folder, or would never be listed as a session. As in Python's os.fsencode(), a byte that is no valid
 * UTF-8 is a lone surrogate from U+DC80 to U+DCFF in the id.
 */
export function fileNameOf(id: string, layout: FileForm): string {
  const bytes = bytesOf(id).toString('latin1');
  const name = nameOfId(layout, bytes);
  const wrong =
    whatIsWrong(id, bytes, name) ??
    (idInName(layout, name) === bytes ? undefined : 'is not a valid name of a session here');
  if (wrong === undefined) return name;
  throw new StoreError(
    'InvalidInput',
    `Expected a session's id that can be a file name; got one that ${wrong}.`,
  );
}

/** The id of these bytes, each as one character: the inverse of fileNameOf(), prefix and suffix aside. */
export function idOf(latin1: string): string {
  const bytes = Buffer.from(latin1, 'latin1');
  const text = bytes.toString('utf8');
  if (Buffer.from(text).equals(bytes)) return text;
  // Valid UTF-8 is kept; each other byte becomes a surrogate.
  let id = '';
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((size) => isCharacter(bytes.subarray(at, at + size)));
    id += length ? bytes.toString('utf8', at, at + length) : String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
    at += length ?? 1;
  }
  return id;
}

function isCharacter(bytes: Buffer): boolean {
  const text = bytes.toString('utf8');
  return [...text].length === 1 && Buffer.from(text).equals(bytes);
}

function bytesOf(id: string): Buffer {
  return Buffer.concat([...id].map((character) => Buffer.from(...encodingOf(character))));
}

function encodingOf(character: string): [string, BufferEncoding] {
  const code = character.charCodeAt(0);
  const isByte = character.length === 1 && code >= 0xdc80 && code <= 0xdcff;
  return isByte ? [String.fromCharCode(code - 0xdc00), 'latin1'] : [character, 'utf8'];
}

function whatIsWrong(id: string, bytes: string, name: string): string | undefined {
  if (id === '') return 'is empty';
  if (name.includes('/') || name.includes('\0')) return 'holds a slash or a NUL';
  if (name.startsWith('.')) return 'begins with a dot';
  if (name.length > longestName) return `is longer than ${longestName} bytes`;
  // A surrogate that stands for no byte, or a character that is encoded as bytes, would come back as another id.
  return idOf(bytes) === id ? undefined : 'is not well-formed text';
}
