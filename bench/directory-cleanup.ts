/**
 * Cleaning nine of ten session files from a folder: the time of `pace: full` against that of `find -delete`, and what
 * an application feels of `pace: polite`. Prints each pair's ratio and their median.
 *
 *   node bench/directory-cleanup.ts warm|cold|polite [pairs] [sessions]
 *
 * Cold empties the kernel's caches before each run, for which it must be root. BENCH_FOLDER names a folder on the
 * disk to be measured.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DirectorySessionStore } from '../src/stores/directory/store.ts';

const [what = 'warm', pairs = '5', sessions = '300000'] = process.argv.slice(2);
const total = Number(sessions);
const root = fs.mkdtempSync(join(process.env['BENCH_FOLDER'] ?? '/var/tmp', 'sessionstore-bench-'));
const folder = join(root, 'sessions');
const payload = Buffer.concat([Buffer.from([0x80, 4]), Buffer.alloc(300, 'x')]);
const say = (line: string) => process.stdout.write(`${line}\n`);

async function run(command: string, args: readonly string[]): Promise<void> {
  const [code] = (await once(spawn(command, args, { stdio: 'inherit' }), 'exit')) as [number];
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
}

/** The folder, filled; its caches as they are to be. */
async function fill(): Promise<void> {
  fs.rmSync(root, { recursive: true });
  fs.mkdirSync(folder, { recursive: true });
  for (let i = 0; i < total; i++) {
    const file = fs.openSync(join(folder, randomBytes(16).toString('hex')), 'w');
    fs.writeSync(file, payload);
    if (i % 10 > 0) fs.futimesSync(file, 1.7e9, 1.7e9);
    fs.closeSync(file);
  }
  await run('sync', []);
  if (what === 'cold') fs.writeFileSync('/proc/sys/vm/drop_caches', '3');
  else await run('find', [folder, '-type', 'f', '-newermt', '2100-01-01']);
}

/** Milliseconds; of this process's own, its processor time as well. */
async function timed(work: () => Promise<unknown>): Promise<{ readonly ms: number; readonly cpuMs: number }> {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - started, cpuMs: (user + system) / 1000 };
}

async function clean(pace: 'full' | 'polite'): Promise<void> {
  const { deleted, remaining } = await new DirectorySessionStore({ path: folder }).deleteOldSessions({
    ageSeconds: 3600,
    pace,
  });
  if (deleted !== Math.floor((total / 10) * 9)) throw new Error(`Deleted ${deleted}, remaining ${remaining}`);
}

async function againstFind(): Promise<number> {
  await fill();
  const ours = await timed(() => clean('full'));
  const megabytes = Math.round(process.memoryUsage().rss / 1e6);
  await fill();
  const theirs = await timed(() => run('find', [folder, '-type', 'f', '-mmin', '+60', '-delete']));
  const cpu = Math.round(ours.cpuMs);
  say(`${Math.round(ours.ms)} ms (processor ${cpu} ms, ${megabytes} MB) against ${Math.round(theirs.ms)} ms`);
  return ours.ms / theirs.ms;
}

/** An application that saves and loads live sessions; gives the 99th percentile of its latency. */
async function p99(during: () => Promise<unknown>): Promise<number> {
  const latencies: number[] = [];
  let ended = false;
  const use = async () => {
    for (let i = 0; !ended; i++) {
      const path = join(folder, `application-${i % 1000}`);
      const started = performance.now();
      await fs.promises.writeFile(path, payload);
      await fs.promises.readFile(path);
      latencies.push(performance.now() - started);
      await sleep(2);
    }
  };
  const users = [use(), use()];
  await during();
  ended = true;
  await Promise.all(users);
  return latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? Number.NaN;
}

async function felt(): Promise<number> {
  await fill();
  const alone = await p99(() => sleep(5000));
  let ms = 0;
  const meanwhile = await p99(async () => {
    ({ ms } = await timed(() => clean('polite')));
  });
  const rate = Math.round((total * 0.9) / (ms / 1000));
  say(`p99 ${meanwhile.toFixed(1)} ms against ${alone.toFixed(1)} ms; ${rate} sessions/s`);
  return meanwhile / alone;
}

const ratios: number[] = [];
try {
  for (let pair = 0; pair < Number(pairs); pair++)
    ratios.push(await (what === 'polite' ? felt() : againstFind()));
} finally {
  fs.rmSync(root, { recursive: true });
}
const median = ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? Number.NaN;
say(`${what}: median ratio ${median.toFixed(2)} of ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}`);
