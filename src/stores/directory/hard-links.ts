import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from '../../runner/store-error.ts';
import { codeOf, done, type FileOperations } from './files.ts';
import { entryPath } from './names.ts';
import type { Places } from './places.ts';

/**
 * Makes sure that what is renamed away can be linked back, before anything is renamed.
 *
 * Where `fs.protected_hardlinks` is on, as it is nearly everywhere, a file of another owner that we may not both read
 * and write can be renamed, but not linked (proc_sys_fs(5)): a live session would be stranded in the quarantine. So
 * one file of each owner, group and mode is linked for a try.
 */
export class HardLinks {
  readonly #files: FileOperations;
  readonly #places: Places;
  readonly #known = new Set<string>();

  constructor(files: FileOperations, places: Places) {
    this.#files = files;
    this.#places = places;
  }

  /** Tries a file of our own both ways: out of the session folder and back into it. */
  async requireBothWays(): Promise<void> {
    const aside = this.#temporary();
    const inside = join(this.#places.folder, `.sessionstore-${randomUUID()}`);
    const handle = await this.#files.open(aside, 'wx', 0o600);
    await handle.close();
    try {
      await this.#link(aside, inside, 'a file of its own');
      await this.#files.rename(inside, `${aside}-back`);
    } finally {
      for (const path of [aside, inside, `${aside}-back`]) await done(this.#files.unlink(path), ['ENOENT']);
    }
  }

  /** VolumeUnusable, naming the file, where one like it could not be put back. */
  async require(name: string, stats: Stats): Promise<void> {
    const kind = `${stats.uid} ${stats.gid} ${stats.mode}`;
    if (this.#known.has(kind)) return;
    const probe = this.#temporary();
    const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0');
    const what = `${JSON.stringify(name)}, which belongs to uid ${stats.uid} with mode ${mode}`;
    try {
      await this.#link(entryPath(this.#places.folder, name), probe, what);
      this.#known.add(kind);
    } finally {
      await done(this.#files.unlink(probe), ['ENOENT']);
    }
  }

  #temporary(): string {
    return join(this.#places.saving, randomUUID());
  }

  async #link(from: string | Buffer, to: string, what: string): Promise<void> {
    try {
      await done(this.#files.link(from, to), ['ENOENT']);
    } catch (error) {
      const code = codeOf(error) ?? '';
      if (!['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV'].includes(code))
        throw error;
      throw new StoreError(
        'VolumeUnusable',
        `Expected uid ${process.geteuid?.()} to be able to link ${what}, in ${this.#places.folder}; found ${code}. ` +
          'A live session could not be put back, so nothing was deleted. ' +
          'Run as the files’ owner: set pod.securityContext.runAsUser.',
        { cause: error },
      );
    }
  }
}
