import type fs from 'node:fs';
import { isLeftoverName } from '../../../layouts/file-form.ts';
import { causeOf } from '../errors.ts';
import { codeOf, entryPath, folderMode, isFull, type SyncFileOperations } from '../files.ts';
import { sessionPath } from '../session-files.ts';
import { requireUnchanged } from '../store-paths.ts';
import { type Judgement, type Look, lookAt } from '../time/look.ts';
import { errorOf } from './attempt.ts';
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
import { LinkTrial } from './link-trial.ts';
import { type Place, putBack } from './put-back.ts';

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

/** Does the tasks of one worker. */
export class Quarantine {
  readonly #files: SyncFileOperations;
  readonly #trial: LinkTrial;

  constructor(files: SyncFileOperations) {
    this.#files = files;
    this.#trial = new LinkTrial(files);
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
    const from = sessionPath(task.layout, task.folder, name);
    const unlinkable = this.#trial.whyNotLinkable(from, stats, task.probe);
    if (unlinkable) return staying(unlinkable);
    const path = entryPath(place, name);
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
    return putBack(
      this.#files,
      place,
      batch,
      name,
      look.is === 'Unreadable' ? { unreadable: 1 } : { live: 1 },
    );
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
}

/** A temporary file of the library counts as that alone. */
const counted = ({ layout }: Judgement, name: string, counts: Partial<Counts>): Partial<Counts> =>
  isLeftoverName(layout, name) ? { leftovers: counts.deleted ?? 0 } : counts;
