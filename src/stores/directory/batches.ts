import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FileOperations, unless } from './files.ts';
import { namesIn } from './names.ts';
import type { Places } from './places.ts';

const chunkSize = 1024;

interface Batch {
  readonly folder: string;
  readonly files: number;
  /** By performance.now(). */
  readonly due: number;
}

/** The batch folders in quarantine whose files wait to be looked at for the last time. Memory: a path for each. */
export class Batches {
  readonly #graceMs: number;
  #waiting: Batch[] = [];

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** A folder to which the last file has just been taken. */
  add(folder: string, files: number): void {
    this.#waiting.push({ folder, files, due: performance.now() + this.#graceMs });
  }

  /**
   * Adds what earlier runs left behind. Nobody can tell a killed run from a slow one: so a folder counts as left once
   * nobody has added to it for the grace, by the file system's own clock.
   */
  async findEarlier(
    files: FileOperations,
    places: Places,
    fileSystemTime: () => Promise<number>,
  ): Promise<void> {
    const found: string[] = [];
    for await (const names of namesIn(files, places.quarantine, chunkSize)) {
      found.push(...names.map((name) => join(places.quarantine, name)));
    }
    if (found.length === 0) return;
    await sleep(this.#graceMs);
    const now = await fileSystemTime();
    for (const folder of found) {
      const stats = await unless(['ENOENT'], files.lstat(folder));
      const isLeft = stats?.isDirectory() && now - stats.mtimeMs >= this.#graceMs;
      if (isLeft) this.#waiting.push({ folder, files: 0, due: 0 });
    }
  }

  /** A folder whose grace is over; it is the caller's to settle. */
  takeDue(): string | undefined {
    const [first] = this.#waiting;
    if (!first || first.due > performance.now()) return undefined;
    return this.#waiting.shift()?.folder;
  }

  /** Milliseconds until the next one is due; undefined where none waits. */
  untilNext(): number | undefined {
    const [first] = this.#waiting;
    return first && Math.max(0, first.due - performance.now());
  }

  /** How many files are left to the next run. */
  left(): number {
    return this.#waiting.reduce((total, batch) => total + batch.files, 0);
  }
}
