import type fs from 'node:fs';
import type { FileForm } from '../../../layouts/file-form.ts';
import { StoreError } from '../../store-error.ts';
import { causeOf } from '../errors.ts';
import { codeOf, entryPath, isFull, type SyncFileOperations } from '../files.ts';
import { sessionPath } from '../session-files.ts';
import type { Judgement } from '../time/look.ts';
import { errorOf, unlessMissing } from './attempt.ts';
import type { CleanupTask, Counts } from './cleanup-task.ts';

/** Where the sessions are. */
export type Place = Pick<Judgement, 'layout'> & Pick<CleanupTask, 'folder'>;

/** Puts a session back in its place, unless a newer one is there, and gives its counts. */
export function putBack(
  files: SyncFileOperations,
  { layout, folder }: Place,
  batch: string,
  name: string,
  kept: Partial<Counts>,
): Partial<Counts> {
  const path = entryPath(batch, name);
  const place = sessionPath(layout, folder, name);
  const found = lstat(files, path);
  // A folder that took the file's name just before the rename: it cannot be linked.
  if (found && found !== 'Unreadable' && found.isDirectory()) {
    return unlessMissing(() => files.renameSync(path, place)) ? kept : {};
  }
  const error = errorOf(() => files.linkSync(path, place));
  const code = codeOf(error);
  if (code === 'ENOENT' && lstat(files, path)) return withoutFolder(layout, batch);
  if (error && code !== 'EEXIST' && code !== 'ENOENT') return renameBack(files, path, place, kept, error);
  unlink(files, path);
  return error ? {} : kept;
}

/**
 * Serves where a link finds no room: on some file systems it takes an inode. A rename takes none, but would replace a
 * session that is made between the check and the rename, which finds no room for it either.
 */
function renameBack(
  files: SyncFileOperations,
  path: string | Buffer,
  place: string | Buffer,
  kept: Partial<Counts>,
  error: unknown,
): Partial<Counts> {
  if (lstat(files, place)) {
    unlink(files, path);
    return {};
  }
  if (!errorOf(() => files.renameSync(path, place))) return kept;
  // The next run puts it back, unless it is in another user's batch, out of reach.
  if (!isFull(error)) causeOf(error);
  return { unsettled: 1 };
}

/** Removes the second name of a file that is in its place; one that cannot be removed stays. */
function unlink(files: SyncFileOperations, path: string | Buffer): void {
  const error = errorOf(() => files.unlinkSync(path));
  if (error && codeOf(error) !== 'ENOENT') causeOf(error);
}

/** A file's stat, or undefined where it is gone; 'Unreadable' where the file system fails on it. */
function lstat(files: SyncFileOperations, path: string | Buffer): fs.Stats | 'Unreadable' | undefined {
  try {
    return files.lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (causeOf(error) === 'IoError') return 'Unreadable';
    throw error;
  }
}

/** If its subfolder alone is gone, a session waits for the next run; without the folder itself, the run stops. */
function withoutFolder({ depth = 0 }: FileForm, batch: string): Partial<Counts> {
  if (depth > 0) return { unsettled: 1 };
  throw new StoreError(
    'StoreMissing',
    `Expected the session folder to be there, to put a live session back; it is gone. The session is kept in ${batch}, ` +
      'and put back by the first clean-up after the next set-up.',
  );
}
