import fs from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DirectorySessionStore } from '../../../src/stores/directory/store.ts';
import type { Location, StoreKind } from './store-kind.ts';

/** No server; each location is a folder in a folder that stands for a volume. */
export async function directoryKind(): Promise<StoreKind> {
  const makeLocation = async (): Promise<Location> => {
    const root = await mkdtemp('/var/tmp/sessionstore-');
    const path = join(root, 'shop/sessions');
    await mkdir(join(root, 'shop'));
    await writeFile(join(root, 'shop/other'), 'of somebody else');
    return {
      options: { path },
      isMultiprocessSafe: true,
      adopting: {},
      many: { sessions: 10_000, bytes: 10_240 },
      makeUnmarked: () => mkdir(path),
      loseMark: () => rm(join(root, 'shop/.sessionstore-sessions/mark.json')),
      makeUnlike: async () => {
        await mkdir(join(path, 'invoices'), { recursive: true });
        await writeFile(join(path, 'invoices/1.pdf'), '%PDF-1.7 of one');
        await writeFile(join(path, '2.pdf'), '%PDF-1.7 of two');
      },
      unlike: () => contentsOf(path),
      saveOld: async (sessions) => {
        await using store = new DirectorySessionStore({ path });
        for (const { id, payload, ageSeconds } of sessions) {
          await store.saveSession(id, payload);
          const time = Date.now() / 1000 - ageSeconds;
          await utimes(join(path, id), time, time);
        }
      },
      fill: async (count, bytes) => {
        const payload = Buffer.alloc(bytes, 1);
        for (let at = 0; at < count; at += 100) {
          const some = Array.from({ length: Math.min(100, count - at) }, (_, index) => at + index);
          await Promise.all(some.map((number) => writeFile(join(path, `filled-${number}`), payload)));
        }
      },
      fillOld: async (count) => {
        for (let number = 0; number < count; number += 1) {
          const file = fs.openSync(join(path, `old-${number}`), 'w');
          fs.futimesSync(file, 1e9, 1e9);
          fs.closeSync(file);
        }
      },
      outside: () => outsideOf(root),
      [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
    };
  };
  return { makeLocation, [Symbol.asyncDispose]: async () => undefined };
}

/** Every file of a volume that does not belong to the store, with its content. */
export const outsideOf = (root: string): Promise<Readonly<Record<string, string>>> =>
  contentsOf(root, (path) => !/^\/(shop\/)?(\.sessionstore-|sessions)/.test(path));

/** The files of a folder, those below it included, with their contents. */
export async function contentsOf(
  root: string,
  isWanted: (path: string) => boolean = () => true,
): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const wanted = paths.filter((path) => isWanted(path.slice(root.length))).sort();
  return Object.fromEntries(
    await Promise.all(wanted.map(async (path) => [path, await readFile(path, 'latin1')] as const)),
  );
}
