import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../session-store.ts';
import { StoreError } from '../store-error.ts';
import type { StoreContext } from './context.ts';
import { done, type FileOperations, unless } from './files.ts';
import { ensureAside } from './folders.ts';
import { entryPath, namesIn, sessionNames } from './names.ts';
import { fileNameOf, idOf } from './session-id.ts';

const chunkSize = 1024;
/** Far longer than it takes to put a session back. */
const putBackMs = 20;
/** A file that has been empty for longer is a leftover of a writer that died. */
const writingMs = 1000;
/** Writable by the owner, readable by the group: as session3's own under the usual umask, but for others. */
const fileMode = 0o660;

/** The session's bytes; undefined where there is none. */
export async function loadSession(context: StoreContext, id: string): Promise<Uint8Array | undefined> {
  const path = pathOf(context, id);
  return foundTwice(context, () => read(context.files, path));
}

/**
 * Writes beside the sessions and renames over: a reader sees the old session or the new one, whole, and the time of
 * change always moves. A file without bytes is refused: session3 would wait for it for ever.
 */
export async function saveSession(context: StoreContext, id: string, payload: Uint8Array): Promise<void> {
  const { files, places } = context;
  const path = pathOf(context, id);
  if (payload.length === 0) {
    throw new StoreError(
      'InvalidInput',
      'Expected a session of at least one byte; got none. Delete it instead.',
    );
  }
  const temporary = join(places.saving, randomUUID());
  const create = () => files.open(temporary, 'wx', fileMode);
  let handle = await unless(['ENOENT'], create());
  if (!handle) {
    await ensureAside(files, places);
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
    await done(files.unlink(temporary), ['ENOENT']);
    throw error;
  }
}

/** Deletes the session if it exists. */
export async function deleteSession(context: StoreContext, id: string): Promise<void> {
  const path = pathOf(context, id);
  // A folder is no session.
  const unlinked = async () => (await done(context.files.unlink(path), ['ENOENT', 'EISDIR'])) || undefined;
  await foundTwice(context, unlinked);
}

/** Whether there is a session: a regular file, and no writer's leftover. */
export async function hasSession(context: StoreContext, id: string): Promise<boolean> {
  const path = pathOf(context, id);
  const stats = await foundTwice(context, () => unless(['ENOENT'], context.files.lstat(path)));
  return stats?.isFile() === true && (stats.size > 0 || isBeingWritten(stats));
}

const isBeingWritten = ({ mtimeMs }: { readonly mtimeMs: number }): boolean =>
  Math.abs(Date.now() - mtimeMs) <= writingMs;

function pathOf({ places, layout }: StoreContext, id: string): string | Buffer {
  return entryPath(places.folder, fileNameOf(id, layout));
}

/**
 * What is found, at the second attempt if need be: a clean-up takes a session that is saved at that very moment out
 * of the folder, and puts it back at once.
 */
async function foundTwice<T>(
  context: StoreContext,
  find: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const found = await find();
  if (found !== undefined || !(await isBeingCleaned(context))) return found;
  await sleep(putBackMs);
  return find();
}

async function isBeingCleaned({ files, places }: StoreContext): Promise<boolean> {
  const quarantine = await unless(['ENOENT', 'EACCES'], files.opendir(places.quarantine));
  if (!quarantine) return false;
  try {
    return (await quarantine.read()) !== null;
  } finally {
    await quarantine.close();
  }
}

/** Every session, a thousand names in memory at most; what vanishes meanwhile is left out. */
export async function* iterSessions(context: StoreContext): AsyncGenerator<Session> {
  const { files, places, layout } = context;
  const names = namesIn(files, places.folder, chunkSize, sessionNames(layout));
  for await (const chunk of names) {
    for (const name of chunk) {
      const payload = await read(files, entryPath(places.folder, name));
      if (payload) yield [idOf(name), payload];
    }
  }
}

/**
 * A regular file's bytes; undefined where it is gone or something else. A session3 writer empties its file before it
 * fills it: that is waited for, unless the file has been empty for longer than a writer takes.
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
  // ELOOP: a link is never followed. NONBLOCK: a pipe is not waited for, which ENXIO says of a socket.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await unless(['ENOENT', 'ELOOP', 'ENXIO'], files.open(path, flags));
  if (!handle) return undefined;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return undefined;
    return { payload: await handle.readFile(), mtimeMs: stats.mtimeMs };
  } finally {
    await handle.close();
  }
}
