import type fs from 'node:fs';
import { StoreError } from '../store-error.ts';
import { causeOf, failure, left } from './failed-file.ts';
import { codeOf, folderMode, isFull } from './files.ts';
import { entryPath } from './names.ts';
import { requireUnchanged } from './store-identity.ts';
import {
  type Counts,
  nothing,
  type Outcome,
  plus,
  type SettleTask,
  type TakeTask,
  type Task,
} from './task.ts';

/**
 * Deletes files that an application may be writing to at that very moment, without losing what it writes.
 *
 * A stale file is renamed into a batch folder beside the sessions and looked at again. If it was changed meanwhile it
 * is linked back at once; where the application has made a new file by then, the newer one wins. From the rename on
 * nobody can open it by its name, so what may still change it are writers that had opened it before. These moved its
 * mtime when they truncated it; only one that the kernel held up between finding the name and truncating the file has
 * not. So what is stale waits for a grace, is looked at a last time, and is unlinked then.
 *
 * What is not covered: in the moment between rename and link a reader misses a live session, and an application that
 * deletes one finds nothing to delete; a writer that opens without truncating and writes later than the grace.
 *
 * A file that cannot be moved or deleted stays where it is and is counted, and the others go. On a full disk the spare
 * folder serves, as none can be made.
 *
 * Everything here is synchronous: it runs in a thread of its own, where it costs a third of the processor time.
 */

/** What clean-up asks of a file system: a part of node:fs. */
export type SyncFileOperations = Pick<
  typeof fs,
  | 'chmodSync'
  | 'linkSync'
  | 'lstatSync'
  | 'mkdirSync'
  | 'readdirSync'
  | 'renameSync'
  | 'rmdirSync'
  | 'unlinkSync'
>;

interface File {
  readonly name: string;
  readonly stats: fs.Stats;
}

/** Does the work of one thread; it remembers which kinds of files it has seen can be linked. */
export class Quarantine {
  readonly #files: SyncFileOperations;
  readonly #linkable = new Set<string>();

  constructor(files: SyncFileOperations) {
    this.#files = files;
  }

  /** StoreChanged, with nothing done, where the store is no longer the one that was checked. */
  run(task: Task): Outcome {
    requireUnchanged(this.#files, task.checked);
    return task.kind === 'Take' ? this.#take(task) : this.#settle(task);
  }

  #take(task: TakeTask): Outcome {
    const { stale, counts } = this.#judge(task);
    if (task.batch === undefined || stale.length === 0) return plus(counts, { stale: stale.length });
    // In the order in which their inodes lie on the disk.
    stale.sort((a, b) => a.stats.ino - b.stats.ino);
    return this.#moveAside(task, task.batch, stale, counts);
  }

  #judge({ folder, names, cutoff }: TakeTask): { readonly stale: File[]; readonly counts: Counts } {
    const stale: File[] = [];
    let [live, unreadable, oldestMs] = [0, 0, Number.POSITIVE_INFINITY];
    for (const name of names) {
      const stats = this.#lstat(entryPath(folder, name));
      if (stats === 'Unreadable') unreadable++;
      if (stats === 'Unreadable' || !stats?.isFile()) continue;
      if (stats.mtimeMs > cutoff) live++;
      else {
        stale.push({ name, stats });
        oldestMs = Math.min(oldestMs, stats.mtimeMs);
      }
    }
    return { stale, counts: plus(nothing, { live, unreadable, oldestMs }) };
  }

  #moveAside(task: TakeTask, batch: string, stale: readonly File[], seen: Counts): Outcome {
    const place = this.#makeBatch(batch) ? batch : task.spare;
    const { waiting, counts, moved } = this.#moveAll(task, place, stale);
    if (waiting.length === 0 && place === batch) this.#removeBatch(batch);
    const noRoom = stale.slice(moved).map(({ name }) => name);
    return {
      ...plus(plus(seen, counts), { waiting: waiting.length }),
      ...(place === task.spare && { inSpare: waiting }),
      ...(noRoom.length > 0 && { noRoom }),
    };
  }

  /** Takes them one after the other, as long as there is room; `moved` says how many were taken. */
  #moveAll(
    task: TakeTask,
    place: string,
    stale: readonly File[],
  ): { readonly waiting: string[]; readonly counts: Counts; readonly moved: number } {
    let counts = nothing;
    const waiting: string[] = [];
    for (const [moved, file] of stale.entries()) {
      const result = this.#moveOne(task, place, file);
      if (result === 'Full') return { waiting, counts, moved };
      if (result === 'Waiting') waiting.push(file.name);
      else counts = plus(counts, result);
    }
    return { waiting, counts, moved: stale.length };
  }

  /** Whether there was room for it. */
  #makeBatch(batch: string): boolean {
    const error = failure(() => this.#files.mkdirSync(batch));
    if (error && !isFull(error)) throw error;
    // Whatever the umask: a run as another user of the group may have to settle it.
    if (!error) this.#files.chmodSync(batch, folderMode);
    return !error;
  }

  #moveOne(task: TakeTask, place: string, { name, stats }: File): 'Waiting' | 'Full' | Partial<Counts> {
    const unlinkable = this.#whyNotLinkable(task, name, stats);
    if (unlinkable) return left(unlinkable);
    const path = entryPath(place, name);
    const error = failure(() => this.#files.renameSync(entryPath(task.folder, name), path));
    if (codeOf(error) === 'ENOENT') return {};
    if (isFull(error)) return 'Full';
    if (error) return left(causeOf(error));
    const now = this.#lstat(path);
    if (now === 'Unreadable') return left('IoError');
    if (!now) return {};
    if (isStale(now, task.cutoff)) return 'Waiting';
    return this.#putBack(task.folder, place, name);
  }

  #settle({ folder, batch, cutoff, names }: SettleTask): Outcome {
    let counts = nothing;
    const found = names ?? this.#namesIn(batch);
    // Of a run as another user, which nobody but that one can settle.
    if (!found) return plus(counts, { unsettled: 1 });
    for (const name of found) {
      counts = plus(counts, this.#settleOne(folder, batch, name, cutoff));
    }
    if (!names) this.#removeBatch(batch);
    return counts;
  }

  #settleOne(folder: string, batch: string, name: string, cutoff: number): Partial<Counts> {
    const path = entryPath(batch, name);
    const stats = this.#lstat(path);
    if (stats === 'Unreadable') return left('IoError');
    if (!stats) return {};
    if (!isStale(stats, cutoff)) return this.#putBack(folder, batch, name);
    const error = failure(() => this.#files.unlinkSync(path));
    if (codeOf(error) === 'ENOENT') return {};
    return error ? { ...left(causeOf(error)), oldestMs: stats.mtimeMs } : { deleted: 1 };
  }

  /** Undefined where this user may not read it. */
  #namesIn(batch: string): readonly string[] | undefined {
    const names: string[] = [];
    const error = failure(() => names.push(...this.#files.readdirSync(batch, 'latin1')));
    if (error && codeOf(error) !== 'ENOENT') causeOf(error);
    return error && codeOf(error) !== 'ENOENT' ? undefined : names;
  }

  #removeBatch(batch: string): void {
    const error = failure(() => this.#files.rmdirSync(batch));
    if (error && codeOf(error) !== 'ENOENT') causeOf(error);
  }

  /** Puts a live session in its place again, where no newer one is. */
  #putBack(folder: string, batch: string, name: string): Partial<Counts> {
    const path = entryPath(batch, name);
    const place = entryPath(folder, name);
    const found = this.#lstat(path);
    // A folder that took the file's name just before the rename: it cannot be linked.
    if (found && found !== 'Unreadable' && found.isDirectory()) {
      return { live: unlessMissing(() => this.#files.renameSync(path, place)) ? 1 : 0 };
    }
    const error = failure(() => this.#files.linkSync(path, place));
    const code = codeOf(error);
    if (code === 'ENOENT' && this.#lstat(path)) throw folderGone(batch);
    if (error && code !== 'EEXIST' && code !== 'ENOENT') return this.#renameBack(path, place, error);
    this.#unlink(path);
    return error ? {} : { live: 1 };
  }

  /**
   * Where a link finds no room: on some file systems it takes an inode. To rename takes none, but would replace a session
   * that is made between the look and the rename, which finds no room for it either.
   */
  #renameBack(path: string | Buffer, place: string | Buffer, error: unknown): Partial<Counts> {
    if (this.#lstat(place)) {
      this.#unlink(path);
      return {};
    }
    if (!failure(() => this.#files.renameSync(path, place))) return { live: 1 };
    // In another user's batch it may stay out of reach; else the next run puts it back.
    if (!isFull(error)) causeOf(error);
    return { unsettled: 1 };
  }

  /** What cannot be removed is a second name of what is in its place. */
  #unlink(path: string | Buffer): void {
    const error = failure(() => this.#files.unlinkSync(path));
    if (error && codeOf(error) !== 'ENOENT') causeOf(error);
  }

  /**
   * Why a file like this could not be put back, before it is renamed: with `fs.protected_hardlinks` on, as nearly
   * everywhere, another owner's file that we may not both read and write can be renamed, but not linked. One file of
   * each owner, group and mode is linked for a try, and each one where that fails: another may be immutable.
   */
  #whyNotLinkable(task: TakeTask, name: string, stats: fs.Stats): 'NotPermitted' | 'IoError' | undefined {
    const kind = `${stats.uid} ${stats.gid} ${stats.mode}`;
    if (this.#linkable.has(kind)) return undefined;
    const error = failure(() => this.#files.linkSync(entryPath(task.folder, name), task.probe));
    const code = codeOf(error) ?? '';
    if (noLinks.has(code)) throw withoutLinks(code, error);
    // Gone, as the rename will find; without room for a link, which is asked after whether it is permitted.
    if (code === 'ENOENT' || isFull(error)) return undefined;
    if (error) return causeOf(error);
    unlessMissing(() => this.#files.unlinkSync(task.probe));
    this.#linkable.add(kind);
    return undefined;
  }

  /** 'Unreadable' where the file system fails on this one. */
  #lstat(path: string | Buffer): fs.Stats | 'Unreadable' | undefined {
    try {
      return this.#files.lstatSync(path, { throwIfNoEntry: false });
    } catch (error) {
      if (causeOf(error) === 'IoError') return 'Unreadable';
      throw error;
    }
  }
}

const noLinks: ReadonlySet<string> = new Set(['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV']);

const isStale = (stats: fs.Stats, cutoff: number): boolean => stats.isFile() && stats.mtimeMs <= cutoff;

/** Whether it was done, rather than the file being gone: somebody else was quicker. */
function unlessMissing(operation: () => unknown): boolean {
  const error = failure(operation);
  if (error && codeOf(error) !== 'ENOENT') throw error;
  return !error;
}

const withoutLinks = (code: string, cause: unknown): StoreError =>
  new StoreError(
    'VolumeUnusable',
    `Expected a file system that links files, as a live session could not be put back otherwise; found ${code}. ` +
      'This clean-up stopped before it moved any. Use a volume with hard links.',
    { cause },
  );

const folderGone = (batch: string): StoreError =>
  new StoreError(
    'StoreMissing',
    `Expected the session folder to be there, to put a live session back; it is gone. The session is kept in ${batch}, ` +
      'and put back by the first clean-up after the next set-up.',
  );
