import { expect, test } from 'vitest';
import {
  inSteps,
  nextSize,
  type Pace,
  paces,
  restMs,
  type Stepping,
  systemClock,
} from '../../src/stores/pace.ts';

const range = { first: 100, least: 10, most: 1000 };
const full: Pace = { targetMs: 40, restRatio: 0 };
const polite: Pace = { targetMs: 40, restRatio: 3 };

/** A clock that advances with work and rest, and records the rests. */
function fakeClock() {
  let now = 0;
  const rests: number[] = [];
  const clock: Stepping['clock'] = {
    now: () => now,
    sleep: async (ms) => {
      if (ms > 0) rests.push(ms);
      now += ms;
    },
  };
  const work = (ms: number) => {
    now += ms;
  };
  return { clock, rests, work };
}

class Passing extends Error {}
const isRetryable = (error: unknown) => error instanceof Passing;

test.each([
  ['took half as long as it should', 20, 200],
  ['took no time at all', 0, 200],
  ['took as long as it should', 40, 100],
  ['took twice as long', 80, 50],
  ['took very long', 40_000, 25],
])('after a step of 100 that %s, the next one is right', (_what, elapsed, expected) => {
  expect(nextSize(100, elapsed, full, range)).toBe(expected);
});

test('a step never leaves its range', () => {
  expect(nextSize(900, 1, full, range)).toBe(1000);
  expect(nextSize(12, 400, full, range)).toBe(10);
});

test('polite rests in proportion to the work, full not at all', () => {
  expect(restMs(10, polite)).toBe(30);
  expect(restMs(10, full)).toBe(0);
  expect(paces.full.restRatio).toBe(0);
  expect(restMs(3_600_000, polite)).toBeLessThan(10_000);
});

test('the size settles where a step takes its target, whatever the server’s speed', async () => {
  const { clock, work } = fakeClock();
  const sizes: number[] = [];
  await inSteps(
    async (size) => {
      sizes.push(size);
      // The server becomes four times as slow half-way.
      work(size / (sizes.length <= 10 ? 10 : 2.5));
      return sizes.length === 20;
    },
    { pace: full, range, isRetryable, clock },
  );
  expect(sizes[9]).toBe(400);
  expect(sizes[19]).toBe(100);
});

test('a slow server is left alone for longer', async () => {
  const { clock, rests, work } = fakeClock();
  let steps = 0;
  await inSteps(
    async () => {
      work(steps === 0 ? 5 : 50);
      steps += 1;
      return steps === 3;
    },
    { pace: polite, range, isRetryable, clock },
  );
  expect(rests).toEqual([15, 150]);
});

test('a signal ends it before the next step, and the answer says so', async () => {
  const stop = new AbortController();
  let steps = 0;
  const step = async () => {
    steps += 1;
    if (steps === 3) stop.abort();
    return false;
  };
  const { clock } = fakeClock();
  expect(await inSteps(step, { pace: full, range, isRetryable, clock, signal: stop.signal })).toBe(false);
  expect(steps).toBe(3);
});

test('a signal ends a rest', async () => {
  const stop = new AbortController();
  // It would not end by itself.
  const clock = {
    ...systemClock,
    sleep: (_ms: number, signal?: AbortSignal) => {
      setTimeout(() => stop.abort(), 10);
      return systemClock.sleep(3_600_000, signal);
    },
  };
  const step = async () => false;
  expect(await inSteps(step, { pace: full, range, isRetryable, clock, signal: stop.signal })).toBe(false);
});

test('a step that may do better in a moment is taken again, smaller and later each time', async () => {
  const { clock, rests } = fakeClock();
  const sizes: number[] = [];
  const finished = await inSteps(
    async (size) => {
      sizes.push(size);
      if (sizes.length < 4) throw new Passing();
      return true;
    },
    { pace: full, range, isRetryable, clock },
  );
  expect(finished).toBe(true);
  expect(sizes).toEqual([100, 50, 25, 12]);
  expect(rests).toEqual([50, 100, 200]);
});

test('a step is given up when it has failed too often in a row, and at once where nothing can help', async () => {
  const { clock } = fakeClock();
  let steps = 0;
  const failing = (error: Error) =>
    inSteps(
      async () => {
        steps += 1;
        throw error;
      },
      { pace: full, range, isRetryable, clock },
    );
  await expect(failing(new Passing('locked'))).rejects.toThrow('locked');
  expect(steps).toBe(7);
  await expect(failing(new Error('broken'))).rejects.toThrow('broken');
  expect(steps).toBe(8);
});
