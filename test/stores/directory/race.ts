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

/** The way in which an application keeps its sessions; the writer knows it by its name. */
export interface Style {
  readonly name: 'session3' | 'cachelib';
  readonly nameOf: (number: number) => string;
  readonly stale: Buffer;
  readonly saved: (name: string) => Buffer;
}

const session3Style: Style = {
  name: 'session3',
  nameOf: (number) => `session-${number}`,
  stale: pickle('stale'),
  saved: (name) => pickle(`saved ${name}`),
};

const withEnd = (seconds: number, text: string): Buffer =>
  Buffer.concat([new Uint8Array(new Uint32Array([seconds]).buffer), pickle(text)]);

/** The end is in the first four bytes; a save replaces the file by another with the same, old time of change. */
export const cachelibStyle: Style = {
  name: 'cachelib',
  nameOf: (number) => number.toString(16).padStart(64, '0'),
  stale: withEnd(1_000_000_000, 'stale'),
  saved: (name) => withEnd(4_000_000_000, `saved ${name}`),
};

const writers = 2;
const cutoff = Date.now() - 3_600_000;

/** Lets applications save stale sessions just as the clean-up reaches them. */
export async function race(
  volume: TestVolume,
  sessions: number,
  cleanUp: () => Promise<unknown>,
  style: Style = session3Style,
): Promise<RaceResult> {
  makeStale(volume.folder, sessions, style);
  const applications = await Promise.all(
    Array.from({ length: writers }, (_, i) => startWriter(volume, i, style)),
  );
  for (const { child } of applications) child.stdin?.write('go\n');
  await cleanUp();
  const saved = (await Promise.all(applications.map(({ end }) => end()))).flat();
  return { saved: saved.length, ...(await lookAt(volume, saved, style)) };
}

function makeStale(folder: string, sessions: number, { nameOf, stale }: Style): void {
  for (let i = 0; i < sessions; i++) {
    const file = fs.openSync(join(folder, nameOf(i)), 'w');
    fs.writeSync(file, stale);
    fs.futimesSync(file, 1, 1);
    fs.closeSync(file);
  }
}

async function startWriter(volume: TestVolume, number: number, { name }: Style) {
  const program = join(import.meta.dirname, 'session-writer.py');
  const args = [program, volume.folder, `${number}`, `${writers}`, name];
  const child: ChildProcess = spawn('python3', args, { stdio: ['pipe', 'pipe', 'inherit'] });
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
async function lookAt(volume: TestVolume, saved: readonly string[], style: Style) {
  let betweenSelectionAndDeletion = 0;
  let lost = 0;
  for (const name of saved) {
    const path = join(volume.folder, name);
    const content = await readFile(path, 'latin1').catch(() => undefined);
    if (content !== style.saved(name).toString('latin1')) {
      lost++;
      continue;
    }
    // An application that replaces files moves their ctime as well.
    if (style.name !== 'session3') continue;
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
