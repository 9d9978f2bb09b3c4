import type fs from 'node:fs';
import { StoreError } from '../../store-error.ts';
import { causeOf, type FileCause } from '../errors.ts';
import { codeOf, isFull, type SyncFileOperations } from '../files.ts';
import { errorOf, unlessMissing } from './attempt.ts';

/**
 * Finds out before the rename why a file could not be put back: with `fs.protected_hardlinks` on, as nearly everywhere,
 * another owner's file that this user may not both read and write can be renamed, but not linked. One file of each
 * owner, group and mode is linked as a trial; where that fails, each file is, as the one may have been immutable.
 */
export class LinkTrial {
  readonly #files: SyncFileOperations;
  /** The kinds of files that could be linked. */
  readonly #linkable = new Set<string>();

  constructor(files: SyncFileOperations) {
    this.#files = files;
  }

  /** The cause for which the file cannot be linked; undefined if it can. `probe`: a free path. */
  whyNotLinkable(path: string | Buffer, { uid, gid, mode }: fs.Stats, probe: string): FileCause | undefined {
    const kind = `${uid} ${gid} ${mode}`;
    if (this.#linkable.has(kind)) return undefined;
    const error = errorOf(() => this.#files.linkSync(path, probe));
    const code = codeOf(error) ?? '';
    if (noLinks.has(code)) throw withoutLinks(code, error);
    // ENOENT: gone, as the rename will find. Full: the kernel checks permission before room.
    if (code === 'ENOENT' || isFull(error)) return undefined;
    if (error) return causeOf(error);
    unlessMissing(() => this.#files.unlinkSync(probe));
    this.#linkable.add(kind);
    return undefined;
  }
}

const noLinks: ReadonlySet<string> = new Set(['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV']);

const withoutLinks = (code: string, cause: unknown): StoreError =>
  new StoreError(
    'VolumeUnusable',
    `Expected a file system that links files, as a live session could not be put back otherwise; found ${code}. ` +
      'This clean-up stopped before it moved any. Use a volume with hard links.',
    { cause },
  );
