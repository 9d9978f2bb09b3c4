import type fs from 'node:fs';
import { StoreError } from '../../runner/store-error.ts';
import { codeOf, folderMode } from './files.ts';
import { entryPath } from './names.ts';
import { type Counts, nothing, type SettleTask, type TakeTask, type Task } from './task.ts';

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

  run(task: Task): Counts {
    return task.kind === 'Take' ? this.#take(task) : this.#settle(task);
  }

  #take(task: TakeTask): Counts {
    const { stale, live } = this.#judge(task);
    const seen = { ...nothing, live };
    if (stale.length === 0) return seen;
    const oldestMs = stale.reduce((oldest, { stats }) => Math.min(oldest, stats.mtimeMs), task.cutoff);
    if (task.batch === undefined) return { ...seen, stale: stale.length, oldestMs };
    for (const { name, stats } of stale) this.#requireLinkable(task, name, stats);
    // In the order in which their inodes lie on the disk.
    stale.sort((a, b) => a.stats.ino - b.stats.ino);
    const moved = this.#moveAside(task, task.batch, stale);
    return { ...seen, live: live + moved.live, waiting: moved.waiting, oldestMs };
  }

  #judge({ folder, names, cutoff }: TakeTask): { readonly stale: File[]; readonly live: number } {
    const stale: File[] = [];
    let live = 0;
    for (const name of names) {
      const stats = this.#lstat(entryPath(folder, name));
      if (!stats?.isFile()) continue;
      if (stats.mtimeMs > cutoff) live++;
      else stale.push({ name, stats });
    }
    return { stale, live };
  }

  #moveAside(
    task: TakeTask,
    batch: string,
    stale: readonly File[],
  ): { readonly live: number; readonly waiting: number } {
    let live = 0;
    let waiting = 0;
    this.#files.mkdirSync(batch);
    // Whatever the umask: a run as another user of the group may have to settle it.
    this.#files.chmodSync(batch, folderMode);
    for (const { name } of stale) {
      const path = entryPath(batch, name);
      if (!unlessMissing(() => this.#files.renameSync(entryPath(task.folder, name), path))) continue;
      const stats = this.#lstat(path);
      if (!stats) continue;
      if (isStale(stats, task.cutoff)) waiting++;
      else if (this.#putBack(task.folder, batch, name)) live++;
    }
    if (waiting === 0) this.#removeBatch(batch);
    return { live, waiting };
  }

  #settle({ folder, batch, cutoff }: SettleTask): Counts {
    let deleted = 0;
    let live = 0;
    const names: string[] = [];
    unlessMissing(() => names.push(...this.#files.readdirSync(batch, 'latin1')));
    for (const name of names) {
      const path = entryPath(batch, name);
      const stats = this.#lstat(path);
      if (!stats) continue;
      if (!isStale(stats, cutoff)) {
        if (this.#putBack(folder, batch, name)) live++;
      } else if (unlessMissing(() => this.#files.unlinkSync(path))) deleted++;
    }
    this.#removeBatch(batch);
    return { ...nothing, live, deleted };
  }

  #removeBatch(batch: string): void {
    unless(['ENOENT', 'ENOTEMPTY'], () => this.#files.rmdirSync(batch));
  }

  /** Whether it is in its place again, rather than a newer one. */
  #putBack(folder: string, batch: string, name: string): boolean {
    const path = entryPath(batch, name);
    const place = entryPath(folder, name);
    // A folder that took the file's name just before the rename: it cannot be linked.
    if (this.#lstat(path)?.isDirectory()) return unlessMissing(() => this.#files.renameSync(path, place));
    const linked = unless(['EEXIST', 'ENOENT'], () => this.#files.linkSync(path, place));
    if (!linked && !this.#lstat(folder)) throw folderGone(folder, batch);
    unlessMissing(() => this.#files.unlinkSync(path));
    return linked;
  }

  /**
   * VolumeUnusable, before the first rename, where a file like this could not be put back: with
   * `fs.protected_hardlinks` on, as nearly everywhere, another owner's file that we may not both read and write can
   * be renamed, but not linked. One file of each owner, group and mode is linked for a try.
   */
  #requireLinkable(task: TakeTask, name: string, stats: fs.Stats): void {
    const kind = `${stats.uid} ${stats.gid} ${stats.mode}`;
    if (this.#linkable.has(kind)) return;
    try {
      if (!unlessMissing(() => this.#files.linkSync(entryPath(task.folder, name), task.probe))) return;
    } catch (error) {
      if (!noLink.has(codeOf(error) ?? '')) throw error;
      throw notLinkable(task.folder, name, stats, error);
    }
    unlessMissing(() => this.#files.unlinkSync(task.probe));
    this.#linkable.add(kind);
  }

  #lstat(path: string | Buffer): fs.Stats | undefined {
    return this.#files.lstatSync(path, { throwIfNoEntry: false });
  }
}

const noLink: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV']);

const isStale = (stats: fs.Stats, cutoff: number): boolean => stats.isFile() && stats.mtimeMs <= cutoff;

/** Whether it was done, rather than failing with one of these codes. */
function unless(codes: readonly string[], operation: () => unknown): boolean {
  try {
    operation();
    return true;
  } catch (error) {
    if (codes.includes(codeOf(error) ?? '')) return false;
    throw error;
  }
}

/** Whether it was done, rather than the file being gone: somebody else was quicker. */
const unlessMissing = (operation: () => unknown): boolean => unless(['ENOENT'], operation);

function notLinkable(folder: string, name: string, stats: fs.Stats, cause: unknown): StoreError {
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0');
  return new StoreError(
    'VolumeUnusable',
    `Expected uid ${process.geteuid?.()} to be able to link ${JSON.stringify(name)} in ${folder}, which belongs to ` +
      `uid ${stats.uid} with mode ${mode}; found ${codeOf(cause)}. A live session could not be put back, so this ` +
      'clean-up stopped before it. Run as the files’ owner: set pod.securityContext.runAsUser.',
    { cause },
  );
}

function folderGone(folder: string, batch: string): StoreError {
  return new StoreError(
    'StoreMissing',
    `Expected ${folder} to be there, to put a live session back; it is gone. The session is kept in ${batch}, ` +
      'and put back by the first clean-up after the next set-up.',
  );
}
