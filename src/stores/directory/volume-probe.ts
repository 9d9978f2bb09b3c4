import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from '../store-error.ts';
import { codeOf, type FileOperations, ignoring, isFull, openOwn, succeeded } from './files.ts';
import type { StorePaths } from './store-paths.ts';

/** How far the volume's clock may be from this node's. */
const furthestApartMs = 2 * 60_000;
const attempts = 5;

/**
 * The file system's clock, in milliseconds since the epoch: the mtime of a file just written. Sessions are stamped by the
 * same clock, which on a network file system is the server's. VolumeUnusable where it is minutes away from this node's:
 * one of the two is wrong then, and the age of a session is unknown.
 */
export async function fileSystemTime(files: FileOperations, paths: StorePaths): Promise<number> {
  const time = await timeNow(files, paths);
  const apartMs = time - Date.now();
  if (Math.abs(apartMs) <= furthestApartMs) return time;
  const apart = `${Math.round(Math.abs(apartMs) / 1000)} s ${apartMs > 0 ? 'ahead' : 'behind'}`;
  throw new StoreError(
    'VolumeUnusable',
    `Expected the volume's clock and this node's to agree; the volume's is ${apart} ` +
      `(${new Date(time).toISOString()}). Set the clock that is wrong; no session was deleted.`,
  );
}

async function timeNow(files: FileOperations, paths: StorePaths): Promise<number> {
  try {
    return await timeOfWrite(files, paths.clock);
  } catch (error) {
    if (!isFull(error)) throw error;
    return (await timeOfChange(files, paths.stateDir)) ?? Promise.reject(error);
  }
}

/** The byte that is written again is the file's own: it needs no room on a full disk. */
async function timeOfWrite(files: FileOperations, path: string): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const handle =
      (await writableClock(files, path)) ?? (await ignoring(['EEXIST'], files.open(path, 'wx', 0o660)));
    if (!handle) continue;
    try {
      await handle.write('.', 0);
      await handle.sync();
      return (await handle.stat()).mtimeMs;
    } finally {
      await handle.close();
    }
  }
  throw new StoreError('VolumeBusy', `Expected to make ${path}; other runs were quicker each time.`);
}

/** The clock file, if this user may write it; anything else in its place is removed. */
async function writableClock(files: FileOperations, path: string): Promise<FileHandle | undefined> {
  try {
    return await openOwn(files, path, constants.O_WRONLY);
  } catch (error) {
    // Another user of the group may have created it.
    if (!(error instanceof StoreError) && codeOf(error) !== 'EACCES') throw error;
    await succeeded(files.unlink(path), ['ENOENT']);
    return undefined;
  }
}

/**
 * Sets a folder's mode to its present one, which needs no room, and gives its ctime; undefined for another user's
 * folder.
 */
async function timeOfChange(files: FileOperations, folder: string): Promise<number | undefined> {
  const { mode } = await files.lstat(folder);
  if (!(await succeeded(files.chmod(folder, mode & 0o7777), ['EPERM', 'EACCES']))) return undefined;
  return (await files.lstat(folder)).ctimeMs;
}

/**
 * Tries both ways that a session may go, with a file of the store's own: by link into the session folder, and by rename
 * out of it. Another run may be doing the same with the same names, which are fixed so that a killed run leaves no more
 * than these. The file is kept, as on a full disk it could not be made.
 */
export async function requireLinkAndRename(files: FileOperations, paths: StorePaths): Promise<void> {
  const inside = join(paths.folder, '.sessionstore-probe');
  try {
    await ensureProbe(files, paths.probe);
    await succeeded(files.link(paths.probe, inside), ['EEXIST', 'ENOENT']);
    await succeeded(files.rename(inside, paths.probeBack), ['ENOENT']);
  } catch (error) {
    // The kernel checks permission before room: a full disk says that it is permitted.
    if (isFull(error)) return;
    throw new StoreError(
      'VolumeUnusable',
      `Expected uid ${process.geteuid?.()} to be able to link files into ${paths.folder} and to ` +
        `rename them out of it; found ${codeOf(error) ?? String(error)}. No session was deleted. Run as ` +
        "the folder's owner: set pod.securityContext.runAsUser. The file system must know hard links.",
      { cause: error },
    );
  } finally {
    for (const path of [inside, paths.probeBack]) await succeeded(files.unlink(path), ['ENOENT']);
  }
}

/** Makes the probe this user's, as another user's could not be linked. */
async function ensureProbe(files: FileOperations, path: string): Promise<void> {
  const found = await ignoring(['ENOENT'], files.lstat(path));
  if (found?.isFile() && found.uid === process.geteuid?.()) return;
  await succeeded(files.unlink(path), ['ENOENT']);
  const handle = await ignoring(['EEXIST'], files.open(path, 'wx', 0o660));
  await handle?.close();
}

/**
 * Space beside the sessions for file systems that can unlink a file without room, but not rename it: btrfs at a quota.
 * A clean-up that could move no file frees it, and reserves it again at its end.
 */
const reserveBytes = 262_144;

/** Makes the reserve where it is missing and there is room for it. */
export async function ensureReserve(files: FileOperations, paths: StorePaths): Promise<void> {
  const found = await ignoring(['ENOENT'], files.lstat(paths.reserve));
  if (found?.isFile() && found.size >= reserveBytes) return;
  await giveUpReserve(files, paths);
  try {
    const handle = await ignoring(['EEXIST'], files.open(paths.reserve, 'wx', 0o660));
    if (!handle) return;
    try {
      await handle.writeFile(Buffer.alloc(reserveBytes));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!isFull(error)) throw error;
    await giveUpReserve(files, paths);
  }
}

/** Removes the reserve; true where there was one. */
export const giveUpReserve = (files: FileOperations, paths: StorePaths): Promise<boolean> =>
  succeeded(files.unlink(paths.reserve), ['ENOENT']);

/** File systems of one machine, where a name that was renamed away is gone for all processes at once (statfs(2)). */
const localTypes: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x01021994, // tmpfs
  0x794c7630, // overlayfs
  0xf2f52010, // f2fs
  0x2fc12fc1, // zfs
]);

const localGraceMs = 1000;
/** Longer than an NFS client may trust a cached name: `acdirmax`, a minute (nfs(5)). */
const networkGraceMs = 65_000;

/** Milliseconds that a file waits in quarantine before its last check. */
export async function graceOf(files: FileOperations, paths: StorePaths): Promise<number> {
  const { type } = await files.statfs(paths.stateDir);
  return localTypes.has(type) ? localGraceMs : networkGraceMs;
}
