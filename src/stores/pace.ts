import { setTimeout as sleep } from 'node:timers/promises';

/** How hard clean-up may work a server that an application lives on. */
export interface Pace {
  /** What one step should take, in milliseconds: its size follows. */
  readonly targetMs: number;
  /** How long to rest for each millisecond of work: a server under load works longer, and is left alone longer. */
  readonly restRatio: number;
}

/** Measured by bench/cleanup.ts. */
export const paces = {
  polite: { targetMs: 15, restRatio: 4 },
  full: { targetMs: 30, restRatio: 0 },
} as const satisfies Record<string, Pace>;

/** How much a step may take on: rows, pages, whatever the store counts in. */
export interface SizeRange {
  readonly first: number;
  readonly least: number;
  readonly most: number;
}

const longestRestMs = 2000;

/** The size of the step after one of this size that took so long: at most double, at least a quarter. */
export function nextSize(size: number, elapsedMs: number, pace: Pace, range: SizeRange): number {
  const factor = Math.min(2, Math.max(0.25, pace.targetMs / Math.max(elapsedMs, 0.1)));
  return Math.min(range.most, Math.max(range.least, Math.round(size * factor)));
}

/** How long to rest after a step, in milliseconds. */
export function restMs(elapsedMs: number, pace: Pace): number {
  return Math.min(longestRestMs, elapsedMs * pace.restRatio);
}

/** Time, so that a test can make its own. */
export interface Clock {
  /** Milliseconds from any point, never going back. */
  now(): number;
  /** Resolves after so many milliseconds, at once for none, or when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    if (ms <= 0) return;
    await sleep(ms, undefined, signal && { signal }).catch((error: unknown) => {
      if (!signal?.aborted) throw error;
    });
  },
};

export interface Stepping {
  readonly pace: Pace;
  readonly range: SizeRange;
  /** Fires: no step begins any more. */
  readonly signal?: AbortSignal | undefined;
  /** Whether a step that threw this did nothing, and may do better in a moment. */
  readonly isRetryable: (error: unknown) => boolean;
  readonly clock?: Clock;
}

const mostRetries = 6;
const firstRetryMs = 50;

/**
 * Takes steps, each as large as the last one's time allows, and rests in between, until one says it was the last
 * (true) or the signal fires (false). A step that fails in a way that may pass is taken again, smaller and later, six
 * times at most.
 */
export async function inSteps(
  step: (size: number) => Promise<boolean>,
  { pace, range, signal, isRetryable, clock = systemClock }: Stepping,
): Promise<boolean> {
  let size = range.first;
  let retries = 0;
  while (!signal?.aborted) {
    const started = clock.now();
    try {
      if (await step(size)) return true;
    } catch (error) {
      if (!isRetryable(error) || retries === mostRetries) throw error;
      size = Math.max(range.least, Math.floor(size / 2));
      await clock.sleep(firstRetryMs * 2 ** retries++, signal);
      continue;
    }
    retries = 0;
    const elapsed = clock.now() - started;
    size = nextSize(size, elapsed, pace, range);
    await clock.sleep(restMs(elapsed, pace), signal);
  }
  return false;
}
