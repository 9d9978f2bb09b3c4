import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PlanReport } from '../../../src/api/plan-report.ts';
import type { RunnerInput } from '../../../src/api/runner-input.ts';
import { type RunnerEnd, runRunner } from '../../servers/runner.ts';

let volume: string;
beforeEach(async () => {
  volume = await mkdtemp(path.join(tmpdir(), 'volume-'));
});
afterEach(() => rm(volume, { recursive: true }));

const day = 86_400;

/** A session's file that was changed so many seconds ago. */
async function session(name: string, ageSeconds: number): Promise<void> {
  const file = path.join(volume, 'wiki', name);
  // As Python's pickle begins.
  await writeFile(file, Buffer.from([0x80, 4, 0x7d, 0x94, 0x2e]));
  const at = Date.now() / 1000 - ageSeconds;
  await utimes(file, at, at);
}

/** All that a write would change, in the folder and beside it. */
async function state(): Promise<readonly string[]> {
  const names = await readdir(volume, { recursive: true });
  return Promise.all(
    ['.', ...names].sort().map(async (name) => {
      const { ino, mtimeMs, ctimeMs, mode, size } = await stat(path.join(volume, name));
      return [name, ino, mtimeMs, ctimeMs, mode, size].join(' ');
    }),
  );
}

const input = (change: Partial<RunnerInput['store']> = {}): RunnerInput => ({
  owner: { installation: 'test', namespace: 'shop', name: 'web' },
  store: {
    backend: { directory: { claimName: 'wiki', path: 'wiki' } },
    cleanup: { unmodifiedFor: '30m' },
    ...change,
  },
});

async function plan(change: Partial<RunnerInput['store']> = {}): Promise<PlanReport> {
  const before = await state();
  const { code, output, result }: RunnerEnd = await runRunner({
    command: 'plan-store',
    input: input(change),
    volume,
  });
  expect(await state()).toEqual(before);
  expect({ code, output }).toMatchObject({ code: 0 });
  if (!result?.plan) throw new Error(`Expected a plan: ${output}`);
  return result.plan;
}

test('a folder that does not exist would be made', async () => {
  expect(await plan()).toMatchObject({ action: 'Create', marked: true, sessions: 0 });
});

test('a folder with sessions would be adopted, its files are counted by age, and none is changed', async () => {
  await mkdir(path.join(volume, 'wiki'));
  const ages = [60, 20, 7200, 3 * day, 20 * day, 100 * day, 1000 * day];
  for (const [at, age] of ages.entries()) await session(`s${at}`, age);
  expect(await plan()).toMatchObject({
    action: 'Adopt',
    sessions: 7,
    ages: { notStale: 2, underDay: 1, underWeek: 1, underMonth: 1, underYear: 1, older: 1 },
    bytes: 35,
    oldestStale: expect.stringMatching(/^20\d\d-/),
  });
  expect(await plan({ setup: { ifExists: 'Fail' } })).toMatchObject({
    setupProblem: { reason: 'AlreadyExists' },
  });
});

test('a folder with other files is refused as set-up would refuse it, and the folder of a set-up is verified', async () => {
  await mkdir(path.join(volume, 'wiki'));
  await writeFile(path.join(volume, 'wiki', 'notes'), 'not a session');
  expect((await plan()).setupProblem).toMatchObject({ reason: 'ShapeMismatch' });
  await rm(path.join(volume, 'wiki'), { recursive: true });
  expect((await runRunner({ command: 'setup', input: input(), volume })).code).toBe(0);
  expect(await plan()).toMatchObject({ action: 'Verify', sessions: 0 });
  const [mark = ''] = (await readdir(volume, { recursive: true })).filter((name) => name.includes('mark'));
  const text = await readFile(path.join(volume, mark), 'utf8');
  await writeFile(path.join(volume, mark), text.replace('"web"', '"other"'));
  expect((await plan()).setupProblem).toMatchObject({ reason: 'Conflict' });
});
