import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../../runner/store-error.ts';
import { inParallel } from './concurrency.ts';
import { done, type FileOperations, unless } from './files.ts';
import { entryPath, namesIn } from './names.ts';
import type { Places } from './places.ts';

const chunkSize = 4096;

/** What became of files that were taken aside. */
export interface Settled {
  readonly deleted: number;
  readonly putBack: number;
}

interface Batch {
  readonly folder: string;
  /** When its last file came, by performance.now(). */
  readonly since: number;
}

/**
 * Deletes files that an application may be writing to at that very moment, without losing what it writes.
 *
 * A file is renamed into a folder beside the sessions and looked at again. If it was changed meanwhile it is linked
 * back at once; where the application has made a new file by then, the newer one wins. From the rename on nobody can
 * open it by its name, so what may still change it are writers that had opened it before. These have moved its mtime
 * when they truncated it; only one that the kernel held up between finding the name and truncating the file has not.
 * So what is stale waits for `graceMs`, is looked at a second time, and is unlinked then.
 *
 * What a killed run leaves is a batch folder that nobody adds to: the next run settles it the same way. Two runs at
 * once have folders of their own, and never settle one that the other has added to within the grace.
 */
export class Quarantine {
  readonly #files: FileOperations;
  readonly #places: Places;
  readonly #cutoff: number;
  readonly #graceMs: number;
  readonly #run = randomUUID();
  #batches: Batch[] = [];
  #count = 0;

  constructor(options: {
    readonly files: FileOperations;
    readonly places: Places;
    /** Milliseconds since the epoch: a file changed after it is alive. */
    readonly cutoff: number;
    readonly graceMs: number;
  }) {
    this.#files = options.files;
    this.#places = options.places;
    this.#cutoff = options.cutoff;
    this.#graceMs = options.graceMs;
  }

  /** Takes stale files aside; resolves to how many turned out to be alive and are back in their place. */
  async take(names: readonly string[]): Promise<number> {
    const folder = join(this.#places.quarantine, `${this.#run}-${this.#count++}`);
    await this.#files.mkdir(folder);
    let putBack = 0;
    await inParallel(names, async (name) => {
      const path = entryPath(folder, name);
      if (!(await done(this.#files.rename(entryPath(this.#places.folder, name), path), ['ENOENT']))) return;
      if ((await this.#isStale(path)) === false && (await this.#putBack(folder, name))) putBack++;
    });
    this.#batches.push({ folder, since: performance.now() });
    return putBack;
  }

  /** Settles the batches whose grace is over. */
  async settleDue(): Promise<Settled> {
    const now = performance.now();
    const due = this.#batches.filter((batch) => now - batch.since >= this.#graceMs);
    this.#batches = this.#batches.filter((batch) => !due.includes(batch));
    return sum(await inOrder(due, (batch) => this.#settle(batch.folder)));
  }

  /** Waits until the grace of the last batch is over, and settles all. */
  async settleAll(): Promise<Settled> {
    const last = this.#batches.at(-1);
    if (last) await sleep(Math.max(0, last.since + this.#graceMs - performance.now()));
    return this.settleDue();
  }

  /**
   * Settles what earlier runs left. `fileSystemTime` is asked again after the grace: a batch that was added to since
   * belongs to a run that is still at work.
   */
  async settleEarlier(fileSystemTime: () => Promise<number>): Promise<Settled> {
    const found = await this.#earlierBatches();
    if (found.length === 0) return { deleted: 0, putBack: 0 };
    await sleep(this.#graceMs);
    const now = await fileSystemTime();
    return sum(
      await inOrder(found, async (folder) => {
        const stats = await unless(['ENOENT'], this.#files.lstat(folder));
        const quiet = stats?.isDirectory() && now - stats.mtimeMs >= this.#graceMs;
        return quiet ? this.#settle(folder) : { deleted: 0, putBack: 0 };
      }),
    );
  }

  async #earlierBatches(): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const names of namesIn(this.#files, this.#places.quarantine, chunkSize)) {
      found.push(...names.filter((name) => !name.startsWith(this.#run)));
    }
    return found.map((name) => join(this.#places.quarantine, name));
  }

  async #settle(folder: string): Promise<Settled> {
    let deleted = 0;
    let putBack = 0;
    for await (const names of namesIn(this.#files, folder, chunkSize)) {
      await inParallel(names, async (name) => {
        const stale = await this.#isStale(entryPath(folder, name));
        if (stale && (await done(this.#files.unlink(entryPath(folder, name)), ['ENOENT']))) deleted++;
        if (stale === false && (await this.#putBack(folder, name))) putBack++;
      });
    }
    await done(this.#files.rmdir(folder), ['ENOENT', 'ENOTEMPTY']);
    return { deleted, putBack };
  }

  /** Undefined where the file is gone: another run has settled it. */
  async #isStale(path: string | Buffer): Promise<boolean | undefined> {
    const stats = await unless(['ENOENT'], this.#files.lstat(path));
    return stats?.isFile() && stats.mtimeMs <= this.#cutoff;
  }

  /** Whether it is back in its place, rather than a newer one being there. */
  async #putBack(folder: string, name: string): Promise<boolean> {
    const path = entryPath(folder, name);
    const place = entryPath(this.#places.folder, name);
    const stats = await unless(['ENOENT'], this.#files.lstat(path));
    if (!stats) return false;
    // A folder that took the file's place just before the rename cannot be linked.
    if (stats.isDirectory()) return await done(this.#files.rename(path, place), ['ENOENT']);
    const linked = await done(this.#files.link(path, place), ['EEXIST', 'ENOENT']);
    if (!linked) await this.#requireFolder();
    await done(this.#files.unlink(path), ['ENOENT']);
    return linked;
  }

  async #requireFolder(): Promise<void> {
    if (await unless(['ENOENT'], this.#files.lstat(this.#places.folder))) return;
    throw new StoreError(
      'StoreMissing',
      `Expected ${this.#places.folder} to be there to put a live session back; it is gone. ` +
        `The session is kept in ${this.#places.quarantine}, and put back by the run after the next set-up.`,
    );
  }
}

function sum(settled: readonly Settled[]): Settled {
  return {
    deleted: settled.reduce((total, one) => total + one.deleted, 0),
    putBack: settled.reduce((total, one) => total + one.putBack, 0),
  };
}

async function inOrder<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
