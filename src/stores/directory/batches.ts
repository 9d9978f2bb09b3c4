import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FileOperations, unless } from './files.ts';
import { entryPath, namesIn } from './names.ts';
import type { Places } from './places.ts';

const chunkSize = 1024;

/** Files to settle: all that are in a folder, or some of the spare one's. */
export interface Settleable {
  readonly folder: string;
  readonly names?: readonly string[];
}

interface Batch extends Settleable {
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
  add(settleable: Settleable, files: number): void {
    this.#waiting.push({ ...settleable, files, due: performance.now() + this.#graceMs });
  }

  /**
   * Adds what earlier runs left behind. Nobody can tell a killed run from a slow one: so a folder counts as left once
   * nobody has added to it for the grace, by the file system's own clock. A file that lies in the quarantine itself, as
   * there was no room for a folder, was moved at its time of change.
   */
  async findEarlier(
    files: FileOperations,
    places: Places,
    fileSystemTime: () => Promise<number>,
  ): Promise<void> {
    const found: string[] = [];
    for await (const names of namesIn(files, places.quarantine, chunkSize)) found.push(...names);
    if (found.length === 0) return;
    await sleep(this.#graceMs);
    const now = await fileSystemTime();
    const inSpare: string[] = [];
    for (const name of found) {
      const left = await kindOfLeft(files, entryPath(places.quarantine, name), now - this.#graceMs);
      if (left === 'Folder') this.#addLeft({ folder: join(places.quarantine, name) });
      if (left === 'File') inSpare.push(name);
    }
    if (inSpare.length > 0) this.#addLeft({ folder: places.quarantine, names: inSpare });
  }

  #addLeft(settleable: Settleable): void {
    this.#waiting.push({ ...settleable, files: 0, due: 0 });
  }

  /** A folder whose grace is over; it is the caller's to settle. */
  takeDue(): Settleable | undefined {
    const [first] = this.#waiting;
    if (!first || first.due > performance.now()) return undefined;
    return this.#waiting.shift();
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

async function kindOfLeft(
  files: FileOperations,
  path: string | Buffer,
  before: number,
): Promise<'Folder' | 'File' | undefined> {
  const stats = await unless(['ENOENT', 'EIO'], files.lstat(path));
  if (stats?.isDirectory()) return stats.mtimeMs <= before ? 'Folder' : undefined;
  return stats && stats.ctimeMs <= before ? 'File' : undefined;
}
