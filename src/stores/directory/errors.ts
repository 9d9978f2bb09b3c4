import { basename, dirname } from 'node:path';
import type { FailureReason } from '../../api/reasons.ts';
import type { UndeletableCause } from '../../api/undeletable-causes.ts';
import { StoreError } from '../store-error.ts';
import { codeOf } from './files.ts';
import { type StorePaths, stateNames } from './store-paths.ts';

const reasons: Readonly<Record<string, FailureReason>> = {
  EACCES: 'VolumeUnusable',
  EPERM: 'VolumeUnusable',
  ENOTSUP: 'VolumeUnusable',
  EOPNOTSUPP: 'VolumeUnusable',
  ENOSYS: 'VolumeUnusable',
  EXDEV: 'VolumeUnusable',
  ENOENT: 'StoreMissing',
  EROFS: 'ReadOnly',
  ENOTDIR: 'PathInvalid',
  EISDIR: 'PathInvalid',
  ELOOP: 'PathInvalid',
  ENAMETOOLONG: 'PathInvalid',
  EIO: 'VolumeBusy',
  ENOSPC: 'VolumeBusy',
  EDQUOT: 'VolumeBusy',
  ESTALE: 'VolumeBusy',
  EBUSY: 'VolumeBusy',
  ENOTEMPTY: 'VolumeBusy',
  EMFILE: 'VolumeBusy',
  ENFILE: 'VolumeBusy',
  ENOMEM: 'VolumeBusy',
  ETIMEDOUT: 'VolumeBusy',
};

const cures: Readonly<Record<string, string>> = {
  EACCES: 'Run as the owner (pod.securityContext.runAsUser), or give the volume a group (fsGroup).',
  EPERM: 'Run as the owner: set pod.securityContext.runAsUser.',
  ENOTSUP: 'Sessions need a file system with hard links and renames.',
  EOPNOTSUPP: 'Sessions need a file system with hard links and renames.',
  ENOSYS: 'Sessions need a file system with hard links and renames.',
  EXDEV: 'The folder must be on one file system with the folder that holds it.',
  ENOENT: 'Let set-up make the folder.',
  EISDIR: 'A folder is in its place: remove it, or save under another id.',
  EROFS: 'Mount the volume so that it can be written.',
  ENOSPC: 'Make room on the volume.',
  EDQUOT: 'Raise the quota.',
};

/** The paths that an error may name. */
export type NamedPaths = Pick<StorePaths, 'folder' | 'stateDir'>;

/**
 * Turns a file system's error into the StoreError that says what was done, how it ended and what to do. It names no file
 * except the store's own: a session's file name is its id, and whoever has that has the session.
 */
export function storeErrorOf(error: unknown, paths: NamedPaths): unknown {
  const code = codeOf(error);
  // A system call's error has an errno; an error of Node's own has none.
  if (!(error instanceof Error && 'errno' in error) || code === undefined) return error;
  const { syscall, path } = error as NodeJS.ErrnoException;
  const who = `uid ${process.geteuid?.()}, gid ${process.getegid?.()}`;
  const cure = cures[code] ? ` ${cures[code]}` : '';
  return new StoreError(
    reasons[code] ?? 'InternalError',
    `Expected ${syscall ?? 'an operation'} on ${placeOf(path, paths)} to work as ${who}; ` +
      `found ${code}.${cure}`,
    { cause: error },
  );
}

const ownNames: ReadonlySet<string> = new Set(Object.values(stateNames));

/** The path of a folder or of one of the store's own files; for any other file, its folder. */
function placeOf(path: unknown, { folder, stateDir }: NamedPaths): string {
  const text = String(path ?? '');
  // The folder itself, or one that contains it.
  if (text !== '' && `${folder}/`.startsWith(`${text}/`)) return text;
  if (text === stateDir || (dirname(text) === stateDir && ownNames.has(basename(text)))) return text;
  if (text.startsWith(`${stateDir}/`)) return `a file in ${stateDir}`;
  return text === '' ? 'the volume' : `a file in ${folder}`;
}

/** Runs the operation; its file system errors become StoreErrors. */
export async function asStoreErrors<T>(paths: NamedPaths, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw storeErrorOf(error, paths);
  }
}

/** Why one file cannot be deleted. */
export type FileCause = Extract<UndeletableCause, 'NotPermitted' | 'IoError'>;

/** Errors of one file alone: the others can be deleted all the same. */
const causes: Readonly<Record<string, FileCause>> = {
  EACCES: 'NotPermitted',
  EPERM: 'NotPermitted',
  EIO: 'IoError',
  EBADMSG: 'IoError',
  ENODATA: 'IoError',
  EREMOTEIO: 'IoError',
  EUCLEAN: 'IoError',
  ENAMETOOLONG: 'IoError',
  EINVAL: 'IoError', // a name that the file system does not accept back
  EILSEQ: 'IoError',
  EMLINK: 'IoError',
  EBUSY: 'IoError', // a mount point
  EXDEV: 'IoError', // a mount point, too
  EISDIR: 'IoError', // a folder has its name in quarantine
  ENOTEMPTY: 'IoError',
};

/** Why a stale file stays; an error that concerns more than this file is thrown again. */
export function causeOf(error: unknown): FileCause {
  const cause = causes[codeOf(error) ?? ''];
  if (!cause) throw error;
  return cause;
}
