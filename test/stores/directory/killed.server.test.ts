import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FileOptions } from '../../../src/layouts/file-form.ts';
import type { Layout } from '../../../src/layouts/layout.ts';
import { phpFiles } from '../../../src/layouts/php-files.ts';
import { resolvedLayout } from '../../../src/layouts/resolve.ts';
import { sessionFileStore } from '../../../src/layouts/session-file-store.ts';
import { session3 } from '../../../src/layouts/session3.ts';
import type { CleanupOptions, SetupOptions } from '../../../src/stores/session-store.ts';
import type { KilledRun } from './killed-child.ts';
import { owner, pickle, sessionPath, TestVolume } from './volume.ts';
import { racingFiles } from './watched-files.ts';

const storeModule = join(import.meta.dirname, '../../../src/stores/directory/store.ts');

interface Scenario {
  readonly before: (volume: TestVolume) => Promise<void>;
  readonly setup?: SetupOptions;
  readonly cleanup?: CleanupOptions;
  readonly racing?: readonly string[];
  /** session3's, if left out. */
  readonly layout?: Layout;
  readonly layoutOptions?: FileOptions;
}

const adopt: SetupOptions = { owner, ifExists: 'Adopt' };
const overwrite: SetupOptions = { owner, ifExists: 'Overwrite', overwriteToken: 'two' };
const hour: CleanupOptions = { owner, ageSeconds: 3600, pace: 'full' };

async function oldFolder(volume: TestVolume): Promise<void> {
  await volume.save('old');
  await volume.save('a folder/of something');
}

async function staleAndLive(volume: TestVolume): Promise<void> {
  await volume.setUp();
  for (const name of ['stale-1', 'stale-2', 'stale-3', 'racing']) await volume.save(name, 7200);
  await volume.save('live');
}

const scenarios: Readonly<Record<string, Scenario>> = {
  created: { before: async () => undefined, setup: adopt },
  adopted: { before: (volume) => volume.save('kept'), setup: adopt },
  'overwritten, somebody’s sessions': { before: (volume) => volume.save('old'), setup: overwrite },
  'overwritten a second time': {
    before: async (volume) => {
      await volume.setUp({ ...overwrite, overwriteToken: 'one' });
      await oldFolder(volume);
    },
    setup: overwrite,
  },
  'cleaned while a session is saved': { before: staleAndLive, cleanup: hour, racing: ['racing'] },
  'cleaned after an overwrite that was killed': {
    before: async (volume) => {
      await staleAndLive(volume);
      await mkdir(join(volume.stateDir, 'trash/0123456789abcdef'), { recursive: true });
      await writeFile(join(volume.stateDir, 'trash/0123456789abcdef/old'), pickle('old'));
    },
    cleanup: hour,
    racing: ['racing'],
  },
  'with subfolders, cleaned while a session is saved': {
    before: async (volume) => {
      await volume.setUp();
      for (const name of ['a/b/sess_ab1', 'a/c/sess_ac1', 'a/c/sess_acx']) await volume.write(name, 7200, '');
      await volume.write('b/b/sess_bb1', 0, 'live');
    },
    cleanup: hour,
    racing: ['sess_acx'],
    layout: phpFiles,
    layoutOptions: { depth: 2 },
  },
  'of files with their end in them, cleaned while a session is saved': {
    before: async (volume) => {
      await volume.setUp();
      for (const name of ['1', '2', 'racing']) await volume.write(`${name}.json`, 7200, sessionOf(7200));
      await volume.write('live.json', 7200, sessionOf(0));
      await volume.write('old.json.1234', 7200, sessionOf(7200));
    },
    cleanup: hour,
    racing: ['racing.json'],
    layout: sessionFileStore,
    layoutOptions: { ttl: 60 },
  },
};

/** The same in every volume, whose contents are compared. */
const started = Date.now();
const sessionOf = (age: number): string => JSON.stringify({ cookie: {}, __lastAccess: started - age * 1000 });

let folder: string;

// It is started two hundred times, and starts in half the time as one file of JavaScript.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'killed-'));
  await using build = await rolldown({
    input: join(import.meta.dirname, 'killed-child.ts'),
    platform: 'node',
  });
  await build.write({ dir: folder });
});

afterAll(() => rm(folder, { recursive: true }));

/** Runs it as a program that kills itself after its k-th operation; resolves to what it printed, if it lived. */
async function runKilled(volume: TestVolume, k: number, scenario: Scenario): Promise<string | undefined> {
  const { setup, cleanup, racing = [], layout = session3, layoutOptions } = scenario;
  const run: KilledRun = {
    root: volume.root,
    path: sessionPath,
    k,
    ...(setup && { setup }),
    ...(cleanup && { cleanup }),
    racing,
    layout: layout.name,
    ...(layoutOptions && { layoutOptions }),
  };
  const child = spawn(process.execPath, [join(folder, 'killed-child.js'), JSON.stringify(run)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = text(child.stdout);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (signal === 'SIGKILL') return undefined;
  expect(code).toBe(0);
  return output;
}

const volumeFor = ({ layout = session3, layoutOptions = {} }: Scenario): Promise<TestVolume> =>
  TestVolume.make(resolvedLayout(layout, layoutOptions));

/** Whether the application's sessions are safe by now: its folder is there, and no longer the one to be overwritten. */
async function isInUse(volume: TestVolume): Promise<boolean> {
  const exists = await stat(volume.folder).catch(() => undefined);
  return exists !== undefined && !(await volume.names()).includes('old');
}

async function runAgain(volume: TestVolume, { setup, cleanup, racing = [] }: Scenario): Promise<void> {
  const files = racingFiles(racing, () => undefined);
  if (setup) await volume.setUp(setup, files);
  if (cleanup) await volume.cleanUp(cleanup, files);
}

async function survives(k: number, scenario: Scenario, goal: Readonly<Record<string, string>>) {
  await using volume = await volumeFor(scenario);
  await scenario.before(volume);
  expect(await runKilled(volume, k, scenario), `killed after operation ${k}`).toBeUndefined();
  // Sessions that the application saves from then on must outlive the second run.
  const inUse = await isInUse(volume);
  if (inUse) await volume.save('since');
  const since = inUse ? { 'shop/sessions/since': (await volume.state())['shop/sessions/since'] } : {};
  await runAgain(volume, scenario);
  expect(await volume.state(), `killed after operation ${k}`).toEqual({ ...goal, ...since });
}

/** More than there are processors, as a killed clean-up mostly waits. */
const atOnce = 6;

test.each(Object.entries(scenarios))(
  'a folder %s: killed after its k-th operation and run again, it ends in the same state, for every k',
  async (name, scenario) => {
    await using volume = await volumeFor(scenario);
    await scenario.before(volume);
    const operations = Number(await runKilled(volume, 0, scenario));
    await runAgain(volume, scenario);
    const goal = await volume.state();
    expect(operations).toBeGreaterThan(5);
    const ks = Array.from({ length: operations }, (_, index) => index + 1).values();
    const lane = async (): Promise<void> => {
      for (const k of ks) await survives(k, scenario, goal);
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    console.log(`${name}: killed after operation k, for every k from 1 to ${operations}`);
  },
);

/** Kills a clean-up in threads while it has a batch in quarantine; false if it ended before that was seen. */
async function isKilledAtWork(volume: TestVolume, quarantine: string): Promise<boolean> {
  const program = `
    const { DirectorySessionStore } = await import(${JSON.stringify(storeModule)});
    const store = new DirectorySessionStore(${JSON.stringify({ root: volume.root, path: sessionPath })});
    await store.deleteOldSessions(${JSON.stringify(hour)});`;
  const before = new Set(await readdir(quarantine));
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'inherit' });
  const exited = once(child, 'exit');
  const isAtWork = async () => (await readdir(quarantine)).some((batch) => !before.has(batch));
  // It may have ended that batch meanwhile: only one that was stopped stays where it is.
  for (let isStopped = false; child.exitCode === null && !isStopped; isStopped = await isAtWork()) {
    child.kill('SIGCONT');
    while (child.exitCode === null && !(await isAtWork())) await sleep(2);
    child.kill('SIGSTOP');
  }
  child.kill('SIGKILL');
  const [code, signal] = (await exited) as [number | null, string | null];
  expect(signal ?? code).toBeOneOf([0, 'SIGKILL']);
  return signal === 'SIGKILL';
}

test('a clean-up in threads that is killed at its work loses nothing, and the next one ends it', async () => {
  await using volume = await TestVolume.make();
  await volume.setUp();
  for (let i = 0; i < 600; i++) await volume.save(`live-${i}`);
  const quarantine = join(volume.stateDir, 'quarantine');
  const left: number[] = [];
  // On a machine with much else to do, a run may have moved all files, or have ended, before that is seen.
  for (let round = 0; left.length < 2; round++) {
    for (let i = 0; i < 3000; i++) await volume.save(`stale-${round}-${i}`, 7200);
    if (await isKilledAtWork(volume, quarantine))
      left.push((await readdir(quarantine, { recursive: true })).length);
  }
  expect(Math.min(...left)).toBeGreaterThan(0);
  expect(await volume.cleanUp()).toMatchObject({ remaining: 600, complete: true });
  expect((await volume.names()).filter((name) => name.startsWith('live'))).toHaveLength(600);
  expect(await volume.names()).toHaveLength(600);
  expect(await readdir(quarantine)).toEqual([]);
  console.log(`cleaned in threads: killed with ${left.join(', then ')} files and folders in quarantine`);
});
