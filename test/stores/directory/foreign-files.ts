import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FileOptions } from '../../../src/layouts/file-form.ts';
import type { Layout } from '../../../src/layouts/layout.ts';
import { resolvedLayout } from '../../../src/layouts/resolve.ts';
import { TestVolume } from './volume.ts';
import { watchedFiles } from './watched-files.ts';

export const hour = 3600;
export const old = 2 * hour;
export const secondsAgo = (seconds: number): number => Math.round(Date.now() / 1000) - seconds;

/** A volume with an empty folder of this layout. */
export async function volumeOf(layout: Layout, options: FileOptions = {}): Promise<TestVolume> {
  const volume = await TestVolume.make(resolvedLayout(layout, options));
  await volume.setUp();
  return volume;
}

/** node:fs, with an application that does this just before the file of this name is renamed away. */
export const justBefore = (name: string, happening: (path: string) => void) =>
  watchedFiles({
    before: (operation, path) => {
      if (operation === 'renameSync' && basename(path) === name) happening(path);
    },
    after: () => undefined,
  });

/** All files below the folder. */
export async function filesIn({ folder }: TestVolume): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
