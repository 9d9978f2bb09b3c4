import { basename, dirname } from 'node:path';
import type { FailureReason } from '../../api/reasons.ts';
import { StoreError } from '../store-error.ts';
import { codeOf } from './files.ts';
import type { Places } from './places.ts';

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

/** Of a store's places, what it takes to say where something happened. */
export type Whereabouts = Pick<Places, 'folder' | 'aside'>;

/**
 * What a file system threw, as the StoreError that says what was done, how it ended and what to do. It names no file but
 * the store's own: a session's file name is its id, and whoever has that has the session.
 */
export function storeErrorOf(error: unknown, where: Whereabouts): unknown {
  const code = codeOf(error);
  // Only what a system call answered: an error of Node's own has no errno.
  if (!(error instanceof Error && 'errno' in error) || code === undefined) return error;
  const { syscall, path } = error as NodeJS.ErrnoException;
  const who = `uid ${process.geteuid?.()}, gid ${process.getegid?.()}`;
  const cure = cures[code] ? ` ${cures[code]}` : '';
  return new StoreError(
    reasons[code] ?? 'InternalError',
    `Expected ${syscall ?? 'an operation'} on ${placeOf(path, where)} to work as ${who}; ` +
      `found ${code}.${cure}`,
    { cause: error },
  );
}

/** What lies in the dot-folder by a name of ours. */
const ownNames: ReadonlySet<string> = new Set([
  ...['mark.json', 'clock', 'probe', 'probe-back', 'reserve', 'quarantine', 'saving', 'fresh', 'trash'],
]);

/** The path of a folder or of a file of the store's own; of any other file, the folder that it is in. */
function placeOf(path: unknown, { folder, aside }: Whereabouts): string {
  const text = String(path ?? '');
  // The folder itself, or one that it lies in.
  if (text !== '' && `${folder}/`.startsWith(`${text}/`)) return text;
  if (text === aside || (dirname(text) === aside && ownNames.has(basename(text)))) return text;
  if (text.startsWith(`${aside}/`)) return `a file in ${aside}`;
  return text === '' ? 'the volume' : `a file in ${folder}`;
}

/** The operation, its file system errors turned into StoreErrors. */
export async function asStoreErrors<T>(where: Whereabouts, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw storeErrorOf(error, where);
  }
}
