import type { FailureReason } from '../../api/reasons.ts';
import { StoreError } from '../../runner/store-error.ts';
import { codeOf } from './files.ts';

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

/** What a file system threw, as the StoreError that says what was done, how it ended and what to do. */
export function storeErrorOf(error: unknown): unknown {
  const code = codeOf(error);
  // Only what a system call answered: an error of Node's own has no errno.
  if (!(error instanceof Error && 'errno' in error) || code === undefined) return error;
  const { syscall, path } = error as NodeJS.ErrnoException;
  const who = `uid ${process.geteuid?.()}, gid ${process.getegid?.()}`;
  const cure = cures[code] ? ` ${cures[code]}` : '';
  return new StoreError(
    reasons[code] ?? 'InternalError',
    `Expected ${syscall ?? 'an operation'} on ${String(path ?? 'the volume')} to work as ${who}; ` +
      `found ${code}.${cure}`,
    { cause: error },
  );
}

/** The operation, its file system errors turned into StoreErrors. */
export async function asStoreErrors<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw storeErrorOf(error);
  }
}
