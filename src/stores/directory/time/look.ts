import type fs from 'node:fs';
import { constants } from 'node:fs';
import { type FileForm, isLeftoverName } from '../../../layouts/file-form.ts';
import { causeOf } from '../errors.ts';
import { codeOf, type SyncFileOperations } from '../files.ts';
import { type BytesNeeded, bytesNeeded, timeOf } from './session-time.ts';

/** How a task judges files. */
export interface Judgement {
  readonly layout: FileForm;
  /** Milliseconds since the epoch: a session with a later time is alive. */
  readonly cutoff: number;
  /** The same for temporary files of the library, by their time of change. */
  readonly leftoverCutoff: number;
}

/**
 * A file as one look found it. `Unreadable`: of unknown
 * age. `Failing`: the file system does not even tell what it is.
 */
export type Look =
  | { readonly is: 'Stale'; readonly stats: fs.Stats; readonly timeMs: number }
  | { readonly is: 'Live' | 'Unreadable' | 'Failing' | 'NoFile' };

/** Looks at a file, and reads it where its time is in it; undefined where it is gone. */
export function lookAt(
  files: SyncFileOperations,
  path: string | Buffer,
  name: string,
  judgement: Judgement,
): Look | undefined {
  try {
    const stats = files.lstatSync(path, { throwIfNoEntry: false });
    return stats && judge({ files, path, stats, name }, judgement);
  } catch (error) {
    if (causeOf(error) === 'IoError') return { is: 'Failing' };
    throw error;
  }
}

interface Found {
  readonly files: SyncFileOperations;
  readonly path: string | Buffer;
  readonly stats: fs.Stats;
  readonly name: string;
}

function judge(
  { files, path, stats, name }: Found,
  { layout, cutoff, leftoverCutoff }: Judgement,
): Look | undefined {
  if (!stats.isFile()) return { is: 'NoFile' };
  const { mtimeMs } = stats;
  if (isLeftoverName(layout, name)) return verdict(stats, mtimeMs, leftoverCutoff);
  const needed = bytesNeeded(layout);
  if (!needed) return verdict(stats, timeOf(layout, noBytes, mtimeMs), cutoff);
  if (layout.endsAfterChange && mtimeMs > cutoff) return { is: 'Live' };
  const read = readFile(files, path, needed);
  if (read === undefined || read === 'Unreadable') return read && { is: read };
  return verdict(read.stats, timeOf(layout, read.bytes, read.stats.mtimeMs), cutoff);
}

const noBytes = Buffer.alloc(0);

function verdict(stats: fs.Stats, timeMs: number | undefined, cutoff: number): Look {
  if (timeMs === undefined) return { is: 'Unreadable' };
  return timeMs > cutoff ? { is: 'Live' } : { is: 'Stale', stats, timeMs };
}

/** No link is followed, a FIFO is not waited for, and the time of access stays where the kernel permits that. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The bytes of a file that its time needs, with its stat, until the next read; undefined where it is gone or has become no regular file. */
function readFile(
  files: SyncFileOperations,
  path: string | Buffer,
  { most, isWhole }: BytesNeeded,
): { readonly stats: fs.Stats; readonly bytes: Buffer } | 'Unreadable' | undefined {
  const handle = openQuietly(files, path);
  if (typeof handle !== 'number') return handle;
  try {
    const stats = files.fstatSync(handle);
    if (!stats.isFile()) return undefined;
    if (isWhole && stats.size > most) return 'Unreadable';
    const bytes = bufferOf(Math.min(most, stats.size));
    const bytesRead = files.readSync(handle, bytes, 0, bytes.length, 0);
    return { stats, bytes: bytes.subarray(0, bytesRead) };
  } finally {
    files.closeSync(handle);
  }
}

/** One buffer for each thread: thousands of large ones would be garbage before they are collected. */
let buffer = Buffer.alloc(0);

function bufferOf(length: number): Buffer {
  if (buffer.length < length) buffer = Buffer.alloc(length);
  return buffer.subarray(0, length);
}

function openQuietly(files: SyncFileOperations, path: string | Buffer): number | 'Unreadable' | undefined {
  try {
    return openUnnoticed(files, path);
  } catch (error) {
    if (gone.has(codeOf(error) ?? '')) return undefined;
    if (causeOf(error) === 'NotPermitted') return 'Unreadable';
    throw error;
  }
}

function openUnnoticed(files: SyncFileOperations, path: string | Buffer): number {
  try {
    return files.openSync(path, flags | constants.O_NOATIME);
  } catch (error) {
    // O_NOATIME is for the file's owner alone.
    if (codeOf(error) !== 'EPERM') throw error;
    return files.openSync(path, flags);
  }
}

/** ELOOP and ENXIO: a link or a socket has taken the name. */
const gone: ReadonlySet<string> = new Set(['ENOENT', 'ELOOP', 'ENXIO']);
