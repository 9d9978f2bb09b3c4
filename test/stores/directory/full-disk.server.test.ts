import { readdir, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isFull } from '../../../src/stores/directory/files.ts';
import { SmallVolume } from './small-volume.ts';

const old = 7200;

const kinds = ['tmpfs, blocks', 'tmpfs, inodes', 'ext4, blocks', 'btrfs, quota'] as const;

describe.runIf(process.getuid?.() === 0).each(kinds)('a full file system (%s)', (kind) => {
  async function filled(small: SmallVolume): Promise<void> {
    const { volume } = small;
    await volume.setUp();
    // Long names, so that not all of them fit into what a folder has got.
    const name = (what: string, i: number) => `${what}-${String(i).padStart(120, '0')}`;
    for (let i = 0; i < 60; i++) await volume.save(name('stale', i), old);
    for (let i = 0; i < 20; i++) await volume.save(name('live', i));
    if (kind === 'btrfs, quota') small.limit();
  }

  test('is cleaned: every stale session goes, and every live one stays', async () => {
    using small = new SmallVolume(kind);
    const { volume } = small;
    await filled(small);
    expect(small.fill()).toBeGreaterThan(0);
    await expect(volume.save('one more')).rejects.toSatisfy(isFull);
    // The failed save left an empty file, and no room either.
    await rm(join(volume.folder, 'one more'), { force: true });
    small.fill();
    expect(await volume.cleanUp()).toMatchObject({ deleted: 60, overdue: 0, remaining: 20, complete: true });
    expect(await readdir(join(volume.stateDir, 'quarantine'))).toEqual([]);
    await volume.save('one more');
  });

  test('is cleaned where the files that set-up keeps are missing', async () => {
    using small = new SmallVolume(kind);
    const { volume } = small;
    await filled(small);
    for (const name of ['clock', 'probe']) await unlink(join(volume.stateDir, name));
    small.fill();
    expect(await volume.cleanUp({ pace: 'polite' })).toMatchObject({ deleted: 60, remaining: 20 });
  });

  test('is verified by set-up, and counted by a dry run', async () => {
    using small = new SmallVolume(kind);
    const { volume } = small;
    await filled(small);
    small.fill();
    expect(await volume.setUp()).toMatchObject({ outcome: 'Verified', notes: [] });
    expect(await volume.cleanUp({ dryRun: true })).toMatchObject({ overdue: 60, remaining: 80 });
  });
});
