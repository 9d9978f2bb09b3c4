import type { TimerOptions } from 'node:timers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BackOff } from '../../src/kube/back-off.ts';

const slept: number[] = [];
let clock = 0;

/** Sleeps by the test's own clock. */
const sleep = async <T>(ms = 0, value?: T, { signal }: TimerOptions = {}): Promise<T> => {
  if (signal?.aborted) throw Object.assign(new Error('aborted'), { name: 'AbortError' });
  slept.push(ms);
  clock += ms;
  return value as T;
};

beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(1);
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
});

afterEach(() => {
  slept.length = 0;
  vi.restoreAllMocks();
});

const never = new AbortController().signal;

test('each wait is twice the one before it, up to half a minute', async () => {
  const backOff = new BackOff(sleep);
  for (let i = 0; i < 8; i += 1) await backOff.wait(undefined, never);
  expect(slept).toEqual([800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
});

test('chance takes away up to half of a wait', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  await new BackOff(sleep).wait(undefined, never);
  expect(slept).toEqual([400]);
});

test('a wait is at least as long as the server asks for', async () => {
  const backOff = new BackOff(sleep);
  await backOff.wait(5000, never);
  await backOff.wait(5, never);
  expect(slept).toEqual([5000, 1600]);
});

test('two minutes without a failure, in one try or in many, reset it', async () => {
  const backOff = new BackOff(sleep);
  await backOff.wait(undefined, never);
  await backOff.wait(undefined, never);
  clock += 119_000;
  await backOff.wait(undefined, never);
  clock += 121_000;
  await backOff.wait(undefined, never);
  expect(slept).toEqual([800, 1600, 3200, 800]);
});

test('a signal that has fired is no error, and nothing is waited for', async () => {
  await new BackOff(sleep).wait(60_000, AbortSignal.abort());
  expect(slept).toEqual([]);
});
