import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { entryPath, type FileOperations, ignoring, namesIn } from '../files.ts';
import type { StorePaths } from '../store-paths.ts';
import { fileSystemTime } from '../volume-probe.ts';

const chunkSize = 1024;

/** Files to settle: all of a batch folder, or some of the spare one's. */
export interface Batch {
  readonly folder: string;
  readonly names?: readonly string[];
}

interface WaitingBatch extends Batch {
  readonly files: number;
  /** Time by performance.now(). */
  readonly due: number;
}

/** The batch folders in quarantine whose files wait for their last check. Memory: a path for each. */
export class QuarantineBatches {
  readonly #graceMs: number;
  #waiting: WaitingBatch[] = [];

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** Adds a folder to which the last file has just been moved. */
  add(batch: Batch, files: number): void {
    this.#waiting.push({ ...batch, files, due: performance.now() + this.#graceMs });
  }

  /**
   * Adds the batches of earlier runs. A killed run cannot be told from a slow one: so a batch counts as left once no file
   * was added for the grace, by the file system's own clock. A file that is in the quarantine itself, as there was no room
   * for a folder, was moved at its time of change.
   */
  async findEarlier(files: FileOperations, paths: StorePaths): Promise<void> {
    const found: string[] = [];
    for await (const names of namesIn(files, paths.quarantine, chunkSize)) found.push(...names);
    if (found.length === 0) return;
    await sleep(this.#graceMs);
    const now = await fileSystemTime(files, paths);
    const inSpare: string[] = [];
    for (const name of found) {
      const left = await kindOfLeft(files, entryPath(paths.quarantine, name), now - this.#graceMs);
      if (left === 'Folder') this.#addLeft({ folder: join(paths.quarantine, name) });
      if (left === 'File') inSpare.push(name);
    }
    if (inSpare.length > 0) this.#addLeft({ folder: paths.quarantine, names: inSpare });
  }

  #addLeft(batch: Batch): void {
    this.#waiting.push({ ...batch, files: 0, due: 0 });
  }

  /** Removes and gives a batch whose grace is over; the caller settles it. */
  takeDue(): Batch | undefined {
    const [first] = this.#waiting;
    if (!first || first.due > performance.now()) return undefined;
    return this.#waiting.shift();
  }

  /** Milliseconds until the next batch is due; undefined where no batch waits. */
  untilNext(): number | undefined {
    const [first] = this.#waiting;
    return first && Math.max(0, first.due - performance.now());
  }

  /** How many files of this run wait for the next run. */
  left(): number {
    return this.#waiting.reduce((total, batch) => total + batch.files, 0);
  }
}

async function kindOfLeft(
  files: FileOperations,
  path: string | Buffer,
  before: number,
): Promise<'Folder' | 'File' | undefined> {
  const stats = await ignoring(['ENOENT', 'EIO'], files.lstat(path));
  if (stats?.isDirectory()) return stats.mtimeMs <= before ? 'Folder' : undefined;
  return stats && stats.ctimeMs <= before ? 'File' : undefined;
}
