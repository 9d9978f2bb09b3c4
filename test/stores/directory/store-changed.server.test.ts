import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { owner, TestVolume } from './volume.ts';
import { watchedFiles } from './watched-files.ts';

const stale = 400;

/** A clean-up during which something happens once it has moved ten files. */
async function cleanUpWhile(volume: TestVolume, happening: () => void): Promise<unknown> {
  let moved = 0;
  const files = watchedFiles({
    after: (operation, path) => {
      if (operation === 'renameSync' && /stale-/.test(path) && ++moved === 10) happening();
    },
  });
  // Batches of 128: it happens in the first of four.
  return volume.cleanUp({ pace: 'polite' }, files);
}

async function fill(folder: string): Promise<void> {
  for (let i = 0; i < stale; i++) {
    const path = join(folder, `stale-${i}`);
    fs.writeFileSync(path, 'x');
    fs.utimesSync(path, 1, 1);
  }
}

const changed = (path: string) =>
  expect.objectContaining({
    reason: 'StoreChanged',
    message: expect.stringMatching(`^Expected ${path} to stay the one that this run checked`),
  });

test('another folder in the place of the checked one keeps every file, in that very batch, too', async () => {
  await using volume = await TestVolume.withSessions({});
  await fill(volume.folder);
  const run = cleanUpWhile(volume, () => {
    fs.renameSync(volume.folder, join(volume.root, 'shop/away'));
    fs.mkdirSync(volume.folder);
    void fill(volume.folder);
  });
  await expect(run).rejects.toEqual(changed(volume.folder));
  expect(await volume.names()).toHaveLength(stale);
});

test('a link in the place of a folder above leads no batch elsewhere', async () => {
  await using volume = await TestVolume.withSessions({});
  await using elsewhere = await TestVolume.withSessions({});
  for (const { folder } of [volume, elsewhere]) await fill(folder);
  const run = cleanUpWhile(volume, () => {
    fs.renameSync(join(volume.root, 'shop'), join(volume.root, 'away'));
    fs.symlinkSync(join(elsewhere.root, 'shop'), join(volume.root, 'shop'));
  });
  await expect(run).rejects.toEqual(changed(volume.folder));
  expect(await elsewhere.names()).toHaveLength(stale);
});

test('a mark that becomes another’s during the run ends it, and what it moved stays in quarantine', async () => {
  await using volume = await TestVolume.withSessions({});
  await fill(volume.folder);
  const mark = join(volume.stateDir, 'mark.json');
  const run = cleanUpWhile(volume, () => {
    const text = fs.readFileSync(mark, 'utf8').replace('"web"', '"won"');
    fs.writeFileSync(`${mark}.new`, text);
    fs.renameSync(`${mark}.new`, mark);
  });
  await expect(run).rejects.toEqual(changed(mark));
  const kept = fs.readdirSync(join(volume.stateDir, 'quarantine'), { recursive: true });
  expect(kept.filter((name) => String(name).includes('stale-')).length + (await volume.names()).length).toBe(
    stale,
  );
  await expect(volume.cleanUp()).rejects.toMatchObject({ reason: 'Conflict' });
  expect(await volume.cleanUp({ owner: { ...owner, name: 'won' } })).toMatchObject({ remaining: 0 });
});

test('a mark that goes during the run ends it', async () => {
  await using volume = await TestVolume.withSessions({});
  await fill(volume.folder);
  const mark = join(volume.stateDir, 'mark.json');
  await expect(cleanUpWhile(volume, () => fs.rmSync(mark))).rejects.toEqual(changed(mark));
});

test.runIf(process.getuid?.() === 0)(
  'a volume mounted over the folder during the run keeps its files',
  async () => {
    await using volume = await TestVolume.withSessions({});
    await fill(volume.folder);
    try {
      const run = cleanUpWhile(volume, () => {
        execFileSync('mount', ['-t', 'tmpfs', 'none', volume.folder]);
        void fill(volume.folder);
      });
      await expect(run).rejects.toEqual(changed(volume.folder));
      expect(await volume.names()).toHaveLength(stale);
    } finally {
      execFileSync('umount', [volume.folder]);
    }
  },
);
