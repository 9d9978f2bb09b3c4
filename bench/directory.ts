import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { DirectorySessionStore } from '../src/stores/library.ts';
import { type BenchStore, type BenchStoreOptions, expectDeleted, staleOf } from './bench-store.ts';
import { timed } from './measure.ts';

/** A pickle of 300 bytes, as far as anybody can tell. */
const payload = Buffer.concat([Buffer.from([0x80, 4]), Buffer.alloc(300, 'x')]);

async function run(command: string, args: readonly string[]): Promise<void> {
  const [code] = (await once(spawn(command, args, { stdio: 'inherit' }), 'exit')) as [number];
  if (code !== 0) throw new Error(`Expected ${command} to end well; it ended with ${code}`);
}

/** A new folder on the disk to be measured, which is $BENCH_FOLDER's. */
export const makeRoot = (): string =>
  fs.mkdtempSync(join(process.env['BENCH_FOLDER'] ?? '/var/tmp', 'sessionstore-bench-'));

/** All but each `live`th are years old. */
export function fillFolder(folder: string, sessions: number, live: number): void {
  fs.mkdirSync(folder, { recursive: true });
  for (let i = 0; i < sessions; i++) {
    const file = fs.openSync(join(folder, randomBytes(16).toString('hex')), 'w');
    fs.writeSync(file, payload);
    if (i % live > 0) fs.futimesSync(file, 1.7e9, 1.7e9);
    fs.closeSync(file);
  }
}

/** `cold` empties the kernel's caches before each measurement, for which one must be root. */
export async function directoryBench(
  { sessions }: BenchStoreOptions,
  caches: 'warm' | 'cold' = 'warm',
): Promise<BenchStore> {
  const root = makeRoot();
  const folder = join(root, 'sessions');
  const stale = staleOf(sessions);
  return {
    title: `Directory, ${caches}`,
    stale,
    application: { kind: 'directory', folder },
    fill: async () => {
      fs.rmSync(root, { recursive: true });
      fillFolder(folder, sessions, 10);
      await run('sync', []);
      if (caches === 'cold') fs.writeFileSync('/proc/sys/vm/drop_caches', '3');
      else await run('find', [folder, '-type', 'f', '-newermt', '2100-01-01']);
    },
    clean: async (pace) => {
      await using store = new DirectorySessionStore({ path: folder });
      const ms = await timed(async () =>
        expectDeleted(await store.deleteOldSessions({ ageSeconds: 3600, pace }), stale),
      );
      return { ms };
    },
    deleteAtOnce: () => run('find', [folder, '-type', 'f', '-mmin', '+60', '-delete']),
    [Symbol.asyncDispose]: async () => fs.rmSync(root, { recursive: true, force: true }),
  };
}
