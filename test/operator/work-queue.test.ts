import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WorkQueue } from '../../src/operator/work-queue.ts';

let queue: WorkQueue;

beforeEach(() => {
  vi.useFakeTimers();
  queue = new WorkQueue();
});

afterEach(() => {
  vi.useRealTimers();
});

/** The keys that a worker gets now, without waiting. */
async function takeAll(): Promise<string[]> {
  const keys: string[] = [];
  while (queue.depth > 0) keys.push((await queue.take()) ?? 'closed');
  return keys;
}

/** How long a key that fails once more has to wait. */
async function waitAfterFailure(key: string, atLeastMs?: number): Promise<number> {
  queue.retry(key, atLeastMs);
  const started = Date.now();
  await vi.advanceTimersToNextTimerAsync();
  expect(await takeAll()).toEqual([key]);
  queue.done(key);
  return Date.now() - started;
}

describe('a key', () => {
  test('that is added twice comes once', async () => {
    queue.add('a');
    queue.add('b');
    queue.add('a');
    expect(await takeAll()).toEqual(['a', 'b']);
  });

  test('that a worker has is given to no other worker, and comes again once if it was added meanwhile', async () => {
    queue.add('a');
    await queue.take();
    queue.add('a');
    queue.add('a');
    expect(queue.depth).toBe(0);
    queue.done('a');
    expect(await takeAll()).toEqual(['a']);
    queue.done('a');
    expect(queue.depth).toBe(0);
  });

  test('goes to a worker that waits for one', async () => {
    const taken = queue.take();
    queue.add('a');
    expect(await taken).toBe('a');
  });
});

describe('a delay', () => {
  test('that ends earlier wins, whichever was asked for first', async () => {
    queue.addAfter('a', 2000);
    queue.addAfter('a', 1000);
    queue.addAfter('a', 3000);
    await vi.advanceTimersByTimeAsync(999);
    expect(queue.depth).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(await takeAll()).toEqual(['a']);
    queue.done('a');
    await vi.advanceTimersByTimeAsync(5000);
    expect(queue.depth).toBe(0);
  });

  test('gives way to an add', async () => {
    queue.addAfter('a', 1000);
    queue.add('a');
    expect(await takeAll()).toEqual(['a']);
    queue.done('a');
    await vi.advanceTimersByTimeAsync(2000);
    expect(queue.depth).toBe(0);
  });

  test('that ends while its key is worked on makes it come again', async () => {
    queue.add('a');
    await queue.take();
    queue.addAfter('a', 1000);
    await vi.advanceTimersByTimeAsync(1000);
    expect(queue.depth).toBe(0);
    queue.done('a');
    expect(queue.depth).toBe(1);
  });

  test('of a year is not taken for none', async () => {
    queue.addAfter('a', 365 * 24 * 3600 * 1000);
    await vi.advanceTimersByTimeAsync(24 * 3600 * 1000);
    expect(queue.depth).toBe(0);
  });
});

describe('a failure', () => {
  test('doubles the wait of its key alone, until it is forgotten', async () => {
    expect(await waitAfterFailure('a')).toBe(5);
    expect(await waitAfterFailure('a')).toBe(10);
    expect(await waitAfterFailure('a')).toBe(20);
    expect(await waitAfterFailure('b')).toBe(5);
    queue.forget('a');
    expect(await waitAfterFailure('a')).toBe(5);
  });

  test('never makes a key wait for more than a thousand seconds', async () => {
    for (let i = 0; i < 40; i += 1) await waitAfterFailure('a');
    expect(await waitAfterFailure('a')).toBe(1_000_000);
  });

  test('waits at least as long as it is told', async () => {
    expect(await waitAfterFailure('a', 3000)).toBe(3000);
  });
});

describe('a closed queue', () => {
  test('tells every worker, hands out nothing more, and takes nothing in', async () => {
    const waiting = [queue.take(), queue.take()];
    queue.addAfter('later', 1000);
    queue.close();
    queue.add('a');
    queue.retry('b');
    await vi.advanceTimersByTimeAsync(5000);
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
    expect(await queue.take()).toBeUndefined();
    expect(queue.depth).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('drops the keys that wait, also the one that was added while it was worked on', async () => {
    queue.add('a');
    queue.add('b');
    await queue.take();
    queue.add('a');
    queue.close();
    queue.done('a');
    expect(queue.depth).toBe(0);
  });
});

test('the longest run is known, and none is nought', async () => {
  expect(queue.longestRunMs()).toBe(0);
  queue.add('a');
  queue.add('b');
  await queue.take();
  const started = performance.now();
  await vi.advanceTimersByTimeAsync(2000);
  await queue.take();
  expect(queue.longestRunMs(started + 3000)).toBeCloseTo(3000, 0);
  queue.done('a');
  expect(queue.longestRunMs(started + 3000)).toBeCloseTo(1000, 0);
});
