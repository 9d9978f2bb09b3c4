import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { pickle, type TestVolume } from './volume.ts';

/** Result of a race; every number counts sessions. */
export interface RaceResult {
  /** Saved by the application while the clean-up ran. */
  readonly saved: number;
  /** Of these, saved after the clean-up had found them stale, and before it would have deleted them. */
  readonly betweenSelectionAndDeletion: number;
  /** Saved, and gone or torn. */
  readonly lost: number;
}

const writers = 2;
const cutoff = Date.now() - 3_600_000;

/** Lets applications save stale sessions just as the clean-up reaches them. */
export async function race(
  volume: TestVolume,
  sessions: number,
  cleanUp: () => Promise<unknown>,
): Promise<RaceResult> {
  makeStale(volume.folder, sessions);
  const applications = await Promise.all(Array.from({ length: writers }, (_, i) => startWriter(volume, i)));
  for (const { child } of applications) child.stdin?.write('go\n');
  await cleanUp();
  const saved = (await Promise.all(applications.map(({ end }) => end()))).flat();
  return { saved: saved.length, ...(await lookAt(volume, saved)) };
}

function makeStale(folder: string, sessions: number): void {
  for (let i = 0; i < sessions; i++) {
    const file = fs.openSync(join(folder, `session-${i}`), 'w');
    fs.writeSync(file, pickle('stale'));
    fs.futimesSync(file, 1, 1);
    fs.closeSync(file);
  }
}

async function startWriter(volume: TestVolume, number: number) {
  const program = join(import.meta.dirname, 'session3-writer.py');
  const child: ChildProcess = spawn('python3', [program, volume.folder, `${number}`, `${writers}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (!child.stdout) throw new Error('Expected a pipe');
  const lines = createInterface(child.stdout);
  await once(lines, 'line');
  const names: string[] = [];
  lines.on('line', (line) => names.push(line));
  const end = async (): Promise<readonly string[]> => {
    child.stdin?.end();
    const [code] = (await once(child, 'close')) as [number];
    if (code !== 0) throw new Error(`The writer ended with ${code}`);
    return names.filter((name) => name !== '');
  };
  return { child, end };
}

/**
 * A file that was renamed into quarantine and linked back after it was saved says so itself: its ctime is later than
 * its mtime.
 */
async function lookAt(volume: TestVolume, saved: readonly string[]) {
  let betweenSelectionAndDeletion = 0;
  let lost = 0;
  for (const name of saved) {
    const path = join(volume.folder, name);
    const content = await readFile(path, 'latin1').catch(() => undefined);
    if (content !== pickle(`saved ${name}`).toString('latin1')) {
      lost++;
      continue;
    }
    const { ctimeNs, mtimeNs } = await lstat(path, { bigint: true });
    if (ctimeNs > mtimeNs) betweenSelectionAndDeletion++;
  }
  return { betweenSelectionAndDeletion, lost };
}

/**
 * The method of find -delete and session3: check, then unlink; in the same order, and as many at the same time as the
 * real one.
 */
export async function naiveCleanUp(folder: string): Promise<void> {
  const names = fs.readdirSync(folder);
  for (let at = 0; at < names.length; at += 512) {
    const stale = names
      .slice(at, at + 512)
      .filter((name) => fs.lstatSync(join(folder, name)).mtimeMs < cutoff);
    for (const name of stale) fs.unlinkSync(join(folder, name));
    await setImmediate();
  }
}
