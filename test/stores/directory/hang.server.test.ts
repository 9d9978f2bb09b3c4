import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunnerInput } from '../../../src/api/runner-input.ts';
import { runRunner } from '../../servers/runner.ts';
import { owner, sessionPath, TestVolume } from './volume.ts';

const old = 7200;
const input: RunnerInput = {
  owner,
  store: {
    backend: { directory: { claimName: 'wiki', path: sessionPath } },
    layout: 'session3',
    cleanup: { unmodifiedFor: '1h' },
  },
};

async function socketAt(path: string): Promise<Disposable> {
  const server = createServer().listen(path);
  await once(server, 'listening');
  return { [Symbol.dispose]: () => void server.close() };
}

const replacements: Readonly<Record<string, (path: string) => unknown>> = {
  'a FIFO': (path) => execFileSync('mkfifo', [path]),
  'a link to a device': (path) => symlinkSync('/dev/zero', path),
  'a socket': (path) => socketAt(path),
};

test.each(Object.entries(replacements))(
  '%s in the place of the mark ends the run, set-up’s and clean-up’s, with a sentence',
  async (_, put) => {
    await using volume = await TestVolume.withSessions({ stale: old });
    const mark = join(volume.stateDir, 'mark.json');
    rmSync(mark);
    await put(mark);
    for (const run of [() => volume.setUp(), () => volume.cleanUp()]) {
      await expect(run()).rejects.toMatchObject({
        reason: 'PathInvalid',
        message: expect.stringMatching(`^Expected ${mark} to be a regular file`),
      });
    }
    expect(await volume.names()).toEqual(['stale']);
  },
);

test.each(Object.entries(replacements))(
  '%s in the place of the clock or the probe is replaced',
  async (_, put) => {
    await using volume = await TestVolume.withSessions({ stale: old });
    for (const name of ['clock', 'probe']) {
      rmSync(join(volume.stateDir, name));
      await put(join(volume.stateDir, name));
    }
    expect(await volume.cleanUp()).toMatchObject({ deleted: 1 });
  },
);

test('an entry that is not a file, among the sessions or in quarantine, does not delay a run', async () => {
  await using volume = await TestVolume.withSessions({ stale: old });
  const quarantine = join(volume.stateDir, 'quarantine');
  for (const path of [
    join(volume.folder, 'pipe'),
    join(quarantine, 'pipe'),
    join(volume.stateDir, 'saving/pipe'),
  ]) {
    execFileSync('mkfifo', [path]);
  }
  expect((await volume.setUp()).outcome).toBe('Verified');
  expect(await volume.cleanUp()).toMatchObject({ deleted: 1, remaining: 0 });
  await rm(join(volume.stateDir, 'mark.json'));
  expect((await volume.setUp()).outcome).toBe('Adopted');
});

test('a mark without an end is read as far as a mark can go', async () => {
  await using volume = await TestVolume.withSessions({});
  execFileSync('truncate', ['-s', '64G', join(volume.stateDir, 'mark.json')]);
  await expect(volume.cleanUp()).rejects.toMatchObject({ reason: 'Conflict' });
});

test('the program ends with its result where the mark is a FIFO', async () => {
  await using volume = await TestVolume.withSessions({});
  const mark = join(volume.stateDir, 'mark.json');
  rmSync(mark);
  execFileSync('mkfifo', [mark]);
  const end = await runRunner({ command: 'delete-old', input, volume: volume.root });
  expect(end).toMatchObject({ code: 73, result: { failure: { reason: 'PathInvalid' } } });
});

test('a program in which a file operation hangs ends all the same, the first process of a container too', async () => {
  const folder = await mkdtemp('/var/tmp/sessionstore-');
  try {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const program = [process.execPath, join(import.meta.dirname, 'hung-child.ts'), fifo];
    const isRoot = process.getuid?.() === 0;
    const commands = [program, ...(isRoot ? [['unshare', '--pid', '--fork', ...program]] : [])];
    for (const [command = '', ...args] of commands) {
      const child = spawn(command, args, { stdio: 'ignore', cwd: folder });
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      expect(signal ?? code).toEqual(command === 'unshare' ? expect.anything() : 'SIGTERM');
      expect(code).not.toBe(0);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
