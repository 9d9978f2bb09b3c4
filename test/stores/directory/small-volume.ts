import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { TestVolume } from './volume.ts';

const kinds = {
  /** A link takes an inode, a rename nothing. */
  'tmpfs, blocks': ['-t', 'tmpfs', '-o', 'size=512k', 'none'],
  'tmpfs, inodes': ['-t', 'tmpfs', '-o', 'nr_inodes=600', 'none'],
} as const;

/** A real file system that a test can fill; only root can mount it. */
export class SmallVolume implements Disposable {
  readonly volume: TestVolume;
  readonly #root: string;
  readonly #image: string | undefined;
  #filled = 0;

  constructor(kind: keyof typeof kinds | 'ext4, blocks') {
    this.#root = mkdtempSync('/var/tmp/sessionstore-small-');
    if (kind === 'ext4, blocks') {
      this.#image = `${this.#root}.img`;
      // Nothing is kept back for root.
      const format = ['-q', '-m', '0', '-b', '1024', '-N', '2000', this.#image, '2M'];
      execFileSync('/usr/sbin/mkfs.ext4', format, { stdio: 'ignore' });
      execFileSync('mount', ['-o', 'loop', this.#image, this.#root]);
    } else execFileSync('mount', [...kinds[kind], this.#root]);
    this.volume = new TestVolume(this.#root);
  }

  /** Writes files outside of the sessions until neither a block nor an inode is left; how many it tried. */
  fill(): number {
    const before = this.#filled;
    for (const size of [65_536, 4096, 1]) {
      while (this.#isWritten(`fill-${this.#filled++}`, size));
    }
    return this.#filled - before;
  }

  #isWritten(name: string, size: number): boolean {
    try {
      const file = openSync(
        join(this.#root, name),
        constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY,
      );
      try {
        return writeSync(file, Buffer.alloc(size, 1)) === size;
      } finally {
        closeSync(file);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      return false;
    }
  }

  [Symbol.dispose](): void {
    execFileSync('umount', [this.#root]);
    rmdirSync(this.#root);
    if (this.#image) rmSync(this.#image);
  }
}
