import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  fsyncSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../../src/stores/directory/files.ts';
import { TestVolume } from './volume.ts';

const kinds = {
  /** A link takes an inode, a rename does not. */
  'tmpfs, blocks': ['-t', 'tmpfs', '-o', 'size=1m', 'none'],
  'tmpfs, inodes': ['-t', 'tmpfs', '-o', 'nr_inodes=600', 'none'],
} as const;

/** A real file system that a test can fill; only root can mount it. */
export class SmallVolume implements Disposable {
  readonly volume: TestVolume;
  readonly #root: string;
  readonly #image: string | undefined;
  #filled = 0;

  constructor(kind: keyof typeof kinds | 'ext4, blocks' | 'btrfs, quota') {
    this.#root = mkdtempSync('/var/tmp/sessionstore-small-');
    if (kind === 'ext4, blocks') {
      this.#image = `${this.#root}.img`;
      // No space is reserved for root.
      const format = ['-q', '-m', '0', '-b', '1024', '-N', '2000', this.#image, '2M'];
      execFileSync('/usr/sbin/mkfs.ext4', format, { stdio: 'ignore' });
      execFileSync('mount', ['-o', 'loop', this.#image, this.#root]);
    } else if (kind === 'btrfs, quota') {
      this.#image = `${this.#root}.img`;
      execFileSync('truncate', ['-s', '64M', this.#image]);
      execFileSync('mkfs.btrfs', ['--quiet', '--mixed', this.#image], { stdio: 'ignore' });
      execFileSync('mount', ['-o', 'loop', this.#image, this.#root]);
      execFileSync('btrfs', ['quota', 'enable', this.#root]);
      execFileSync('btrfs', ['subvolume', 'create', join(this.#root, 'limited')], { stdio: 'ignore' });
      this.volume = new TestVolume(join(this.#root, 'limited'));
      return;
    } else execFileSync('mount', [...kinds[kind], this.#root]);
    this.volume = new TestVolume(this.#root);
  }

  /** Sets a quota of little more than what is used, where the file system has quotas. */
  limit(): void {
    execFileSync('sync');
    execFileSync('btrfs', ['qgroup', 'limit', '3M', this.volume.root]);
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
        join(this.volume.root, name),
        constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY,
      );
      try {
        const written = writeSync(file, Buffer.alloc(size, 1));
        // Quotas are counted when it reaches the disk.
        fsyncSync(file);
        return written === size;
      } finally {
        closeSync(file);
      }
    } catch (error) {
      if (!['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '')) throw error;
      return false;
    }
  }

  [Symbol.dispose](): void {
    execFileSync('umount', [this.#root]);
    rmdirSync(this.#root);
    if (this.#image) rmSync(this.#image);
  }
}
