import type fs from 'node:fs';
import { type FileForm, isLeftoverName } from '../../../layouts/file-form.ts';
import { StoreError } from '../../store-error.ts';
import { causeOf, type FileCause } from '../errors.ts';
import { codeOf, entryPath, folderMode, isFull, type SyncFileOperations } from '../files.ts';
import { sessionPath } from '../session-files.ts';
import { requireUnchanged } from '../store-paths.ts';
import { type Judgement, type Look, lookAt } from '../time/look.ts';
import {
  addFound,
  type CleanupTask,
  type Counts,
  plus,
  type SettleTask,
  staying,
  type TakeTask,
  type TaskResult,
  zeroCounts,
} from './cleanup-task.ts';

/**
 * Deletes files that an application may be writing to at that very moment, without losing what it writes.
 *
 * A stale file is renamed into a batch folder beside the sessions and checked again. If it was changed meanwhile it is
 * linked back at once; where the application has made a new file by then, the newer one wins. After the rename no process
 * can open it by its name, so only writers that had opened it before can still change it. These moved its mtime when they
 * truncated it, except one that the kernel held up between finding the name and truncating the file. So a stale file
 * waits for a grace, is checked a last time, and is unlinked then.
 *
 * Not covered: in the moment between rename and link a reader misses a live session, and an application that deletes one
 * finds nothing to delete; a writer that opens without truncating and writes later than the grace.
 *
 * A file that cannot be moved or deleted stays where it is and is counted, and the others are deleted. On a full disk the
 * spare folder serves as the batch, as no folder can be made.
 *
 * All operations are synchronous: they run in a worker thread, where they cost a third of the processor time.
 */

interface File {
  readonly name: string;
  readonly stats: fs.Stats;
}

type Place = Judgement & Pick<CleanupTask, 'folder'>;

/** Does the tasks of one worker; it remembers the kinds of files that it could link. */
export class Quarantine {
  readonly #files: SyncFileOperations;
  readonly #linkable = new Set<string>();

  constructor(files: SyncFileOperations) {
    this.#files = files;
  }

  /** Throws StoreChanged, without a change, if the store is no longer the one that was checked. */
  run(task: CleanupTask): TaskResult {
    requireUnchanged(this.#files, task.checked);
    return task.kind === 'Take' ? this.#take(task) : this.#settle(task);
  }

  #take(task: TakeTask): TaskResult {
    const { stale, counts } = this.#judge(task);
    if (stale.length === 0) return counts;
    if (task.batch === undefined) {
      return plus(counts, { stale: stale.filter(({ name }) => !isLeftoverName(task.layout, name)).length });
    }
    // In the order of their inodes on the disk.
    stale.sort((a, b) => a.stats.ino - b.stats.ino);
    return this.#moveAside(task, task.batch, stale, counts);
  }

  #judge(task: TakeTask): { readonly stale: File[]; readonly counts: Counts } {
    const stale: File[] = [];
    const sum = { live: 0, unreadable: 0, oldestMs: Number.POSITIVE_INFINITY };
    for (const name of task.names) {
      const look = lookAt(this.#files, sessionPath(task.layout, task.folder, name), name, task);
      if (look?.is === 'Stale') stale.push({ name, stats: look.stats });
      if (look && !isLeftoverName(task.layout, name)) addFound(sum, look);
    }
    return { stale, counts: plus(zeroCounts, sum) };
  }

  #moveAside(task: TakeTask, batch: string, stale: readonly File[], seen: Counts): TaskResult {
    const place = this.#makeBatch(batch) ? batch : task.spare;
    const { waiting, counts, moved } = this.#moveAll(task, place, stale);
    if (waiting.length === 0 && place === batch) this.#removeBatch(batch);
    const isSession = (name: string): boolean => !isLeftoverName(task.layout, name);
    const noRoom = stale
      .slice(moved)
      .map(({ name }) => name)
      .filter(isSession);
    const leftovers = waiting.length - waiting.filter(isSession).length;
    return {
      ...plus(plus(seen, counts), { waiting: waiting.length }),
      ...(leftovers > 0 && { waitingLeftovers: leftovers }),
      ...(place === task.spare && { inSpare: waiting }),
      ...(noRoom.length > 0 && { noRoom }),
    };
  }

  /** Moves the files one after the other, as long as there is room; `moved` counts the files that were tried. */
  #moveAll(
    task: TakeTask,
    place: string,
    stale: readonly File[],
  ): { readonly waiting: string[]; readonly counts: Counts; readonly moved: number } {
    let counts = zeroCounts;
    const waiting: string[] = [];
    for (const [moved, file] of stale.entries()) {
      const result = this.#moveOne(task, place, file);
      if (result === 'Full') return { waiting, counts, moved };
      if (result === 'Waiting') waiting.push(file.name);
      else counts = plus(counts, counted(task, file.name, result));
    }
    return { waiting, counts, moved: stale.length };
  }

  /** Makes the batch folder; false where there is no room for it. */
  #makeBatch(batch: string): boolean {
    const error = errorOf(() => this.#files.mkdirSync(batch));
    if (error && !isFull(error)) throw error;
    // Independent of the umask: a run as another user of the group may have to settle it.
    if (!error) this.#files.chmodSync(batch, folderMode);
    return !error;
  }

  #moveOne(task: TakeTask, place: string, { name, stats }: File): 'Waiting' | 'Full' | Partial<Counts> {
    const unlinkable = this.#whyNotLinkable(task, name, stats);
    if (unlinkable) return staying(unlinkable);
    const path = entryPath(place, name);
    const from = sessionPath(task.layout, task.folder, name);
    const error = errorOf(() => this.#files.renameSync(from, path));
    if (codeOf(error) === 'ENOENT') return {};
    if (isFull(error)) return 'Full';
    if (error) return staying(causeOf(error));
    const look = lookAt(this.#files, path, name, task);
    return look?.is === 'Stale' ? 'Waiting' : this.#keep(task, place, name, look);
  }

  #settle(task: SettleTask): TaskResult {
    const { batch, names } = task;
    let counts = zeroCounts;
    const found = names ?? this.#namesIn(batch);
    // The batch of another user's run, which only that user can settle.
    if (!found) return plus(counts, { unsettled: 1 });
    for (const name of found) {
      counts = plus(counts, counted(task, name, this.#settleOne(task, name)));
    }
    if (!names) this.#removeBatch(batch);
    return counts;
  }

  #settleOne(task: SettleTask, name: string): Partial<Counts> {
    const path = entryPath(task.batch, name);
    const look = lookAt(this.#files, path, name, task);
    if (look?.is !== 'Stale') return this.#keep(task, task.batch, name, look);
    const error = errorOf(() => this.#files.unlinkSync(path));
    if (codeOf(error) === 'ENOENT') return {};
    return error ? { ...staying(causeOf(error)), oldestMs: look.timeMs } : { deleted: 1 };
  }

  /** Puts a file back that is not stale any more; one that the file system fails on cannot be. */
  #keep(place: Place, batch: string, name: string, look: Look | undefined): Partial<Counts> {
    if (!look) return {};
    if (look.is === 'Failing') return staying('IoError');
    return this.#putBack(place, batch, name, look.is === 'Unreadable' ? { unreadable: 1 } : { live: 1 });
  }

  /** The names in a batch; undefined where this user may not read it. */
  #namesIn(batch: string): readonly string[] | undefined {
    const names: string[] = [];
    const error = errorOf(() => names.push(...this.#files.readdirSync(batch, 'latin1')));
    if (error && codeOf(error) !== 'ENOENT') causeOf(error);
    return error && codeOf(error) !== 'ENOENT' ? undefined : names;
  }

  #removeBatch(batch: string): void {
    const error = errorOf(() => this.#files.rmdirSync(batch));
    if (error && codeOf(error) !== 'ENOENT') causeOf(error);
  }

  /** Puts a session back in its place, unless a newer one is there, and gives its counts. */
  #putBack({ layout, folder }: Place, batch: string, name: string, kept: Partial<Counts>): Partial<Counts> {
    const path = entryPath(batch, name);
    const place = sessionPath(layout, folder, name);
    const found = this.#lstat(path);
    // A folder that took the file's name just before the rename: it cannot be linked.
    if (found && found !== 'Unreadable' && found.isDirectory()) {
      return unlessMissing(() => this.#files.renameSync(path, place)) ? kept : {};
    }
    const error = errorOf(() => this.#files.linkSync(path, place));
    const code = codeOf(error);
    if (code === 'ENOENT' && this.#lstat(path)) return withoutFolder(layout, batch);
    if (error && code !== 'EEXIST' && code !== 'ENOENT') return this.#renameBack(path, place, kept, error);
    this.#unlink(path);
    return error ? {} : kept;
  }

  /**
   * Serves where a link finds no room: on some file systems it takes an inode. A rename takes none, but would replace a
   * session that is made between the check and the rename, which finds no room for it either.
   */
  #renameBack(
    path: string | Buffer,
    place: string | Buffer,
    kept: Partial<Counts>,
    error: unknown,
  ): Partial<Counts> {
    if (this.#lstat(place)) {
      this.#unlink(path);
      return {};
    }
    if (!errorOf(() => this.#files.renameSync(path, place))) return kept;
    // The next run puts it back, unless it is in another user's batch, out of reach.
    if (!isFull(error)) causeOf(error);
    return { unsettled: 1 };
  }

  /** Removes the second name of a file that is in its place; one that cannot be removed stays. */
  #unlink(path: string | Buffer): void {
    const error = errorOf(() => this.#files.unlinkSync(path));
    if (error && codeOf(error) !== 'ENOENT') causeOf(error);
  }

  /**
   * Finds out before the rename why a file could not be put back: with `fs.protected_hardlinks` on, as nearly everywhere,
   * another owner's file that this user may not both read and write can be renamed, but not linked. One file of each
   * owner, group and mode is linked as a trial; where that fails, each file is, as the one may have been immutable.
   */
  #whyNotLinkable(task: TakeTask, name: string, stats: fs.Stats): FileCause | undefined {
    const kind = `${stats.uid} ${stats.gid} ${stats.mode}`;
    if (this.#linkable.has(kind)) return undefined;
    const error = errorOf(() =>
      this.#files.linkSync(sessionPath(task.layout, task.folder, name), task.probe),
    );
    const code = codeOf(error) ?? '';
    if (noLinks.has(code)) throw withoutLinks(code, error);
    // ENOENT: gone, as the rename will find. Full: the kernel checks permission before room.
    if (code === 'ENOENT' || isFull(error)) return undefined;
    if (error) return causeOf(error);
    unlessMissing(() => this.#files.unlinkSync(task.probe));
    this.#linkable.add(kind);
    return undefined;
  }

  /** A file's stat, or undefined where it is gone; 'Unreadable' where the file system fails on it. */
  #lstat(path: string | Buffer): fs.Stats | 'Unreadable' | undefined {
    try {
      return this.#files.lstatSync(path, { throwIfNoEntry: false });
    } catch (error) {
      if (causeOf(error) === 'IoError') return 'Unreadable';
      throw error;
    }
  }
}

/** The error that the operation threw, or undefined. */
function errorOf(operation: () => unknown): unknown {
  try {
    operation();
    return undefined;
  } catch (error) {
    return error;
  }
}

const noLinks: ReadonlySet<string> = new Set(['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV']);

/** A temporary file of the library counts as that alone. */
const counted = ({ layout }: Judgement, name: string, counts: Partial<Counts>): Partial<Counts> =>
  isLeftoverName(layout, name) ? { leftovers: counts.deleted ?? 0 } : counts;

/** Whether the operation was done; false where the file is gone, as another process was quicker. */
function unlessMissing(operation: () => unknown): boolean {
  const error = errorOf(operation);
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

/** If its subfolder alone is gone, a session waits for the next run; without the folder itself, the run stops. */
function withoutFolder({ depth = 0 }: FileForm, batch: string): Partial<Counts> {
  if (depth > 0) return { unsettled: 1 };
  throw new StoreError(
    'StoreMissing',
    `Expected the session folder to be there, to put a live session back; it is gone. The session is kept in ${batch}, ` +
      'and put back by the first clean-up after the next set-up.',
  );
}
