import type { UndeletableCause } from '../../api/undeletable-causes.ts';
import { codeOf } from './files.ts';
import type { Counts } from './task.ts';

/** What the operation threw; undefined where it was done. */
export function failure(operation: () => unknown): unknown {
  try {
    operation();
    return undefined;
  } catch (error) {
    return error;
  }
}

type Cause = Extract<UndeletableCause, 'NotPermitted' | 'IoError'>;

/** What concerns one file alone: the others can be deleted all the same. */
const causes: Readonly<Record<string, Cause>> = {
  EACCES: 'NotPermitted',
  EPERM: 'NotPermitted',
  EIO: 'IoError',
  EBADMSG: 'IoError',
  ENODATA: 'IoError',
  EREMOTEIO: 'IoError',
  EUCLEAN: 'IoError',
  ENAMETOOLONG: 'IoError',
  EINVAL: 'IoError', // a name that the file system cannot take back
  EILSEQ: 'IoError',
  EMLINK: 'IoError',
  EBUSY: 'IoError', // something is mounted on it
  EXDEV: 'IoError', // the same
  EISDIR: 'IoError', // a folder has its name in quarantine
  ENOTEMPTY: 'IoError',
};

/** Why a stale file stays; throws what concerns more than this file. */
export function causeOf(error: unknown): Cause {
  const cause = causes[codeOf(error) ?? ''];
  if (!cause) throw error;
  return cause;
}

/** A stale file that stays. */
export const left = (cause: Cause): Partial<Counts> => ({
  stale: 1,
  ...(cause === 'NotPermitted' ? { notPermitted: 1 } : { ioError: 1 }),
});
