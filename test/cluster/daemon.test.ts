import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  allRunning,
  endDaemons,
  isRunning,
  processId,
  recordOf,
  startDaemon,
} from '../../scripts/cluster/daemon.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'session-store-daemon-'));
});

afterAll(async () => {
  await endDaemons(directory);
  rmSync(directory, { recursive: true });
});

const sleeper = (name: string) => ({ name, command: 'sleep', args: ['600'], directory, outlivesUs: false });

test('a recorded process is ended, and only while it is the one that was recorded', async () => {
  const ours = startDaemon(sleeper('ours'));
  const another = startDaemon(sleeper('another'));
  // As after a reboot: the number is in use again, by a process that is not ours.
  writeFileSync(path.join(directory, 'another.pid'), JSON.stringify({ pid: another.pid, startTime: '1' }));
  await endDaemons(directory);
  expect(isRunning(ours)).toBe(false);
  expect(isRunning(another)).toBe(true);
  expect(recordOf('another', directory)).toBeUndefined();
  writeFileSync(path.join(directory, 'another.pid'), JSON.stringify(another));
});

test('a record that a crash cut short is nobody’s', async () => {
  writeFileSync(path.join(directory, 'torn.pid'), '{"pid":1,');
  expect(recordOf('torn', directory)).toBeUndefined();
  await endDaemons(directory);
});

test('a directory that is not there has nothing running in it', async () => {
  const nowhere = path.join(directory, 'nowhere');
  await endDaemons(nowhere);
  expect(allRunning(nowhere)).toBe(false);
});

test('a record that is removed after its folder was read is nobody’s', async () => {
  symlinkSync(path.join(directory, 'removed'), path.join(directory, 'gone.pid'));
  expect(recordOf('gone', directory)).toBeUndefined();
  await endDaemons(directory);
});

test('this process is itself', () => {
  const self = processId(process.pid);
  expect(self && isRunning(self)).toBe(true);
  expect(isRunning({ pid: process.pid, startTime: '1' })).toBe(false);
});
