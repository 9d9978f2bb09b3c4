import { setTimeout as sleep } from 'node:timers/promises';

/** Load that clean-up may put on a server that an application uses. */
export interface Pace {
  /** Target duration of one step in milliseconds; it determines the step's size. */
  readonly targetMs: number;
  /** Milliseconds of rest for each millisecond of work: a busy server works longer, and therefore rests longer. */
  readonly restRatio: number;
}

/** Measured by bench/cleanup.ts. */
export const paces = {
  polite: { targetMs: 15, restRatio: 4 },
  full: { targetMs: 30, restRatio: 0 },
} as const satisfies Record<string, Pace>;

/** Size of a step, in the store's unit: rows or pages, for example. */
export interface SizeRange {
  readonly first: number;
  readonly least: number;
  readonly most: number;
}

const longestRestMs = 2000;

/** The next step's size after a step of this size and duration: at most double, at least a quarter. */
export function nextSize(size: number, elapsedMs: number, pace: Pace, range: SizeRange): number {
  const factor = Math.min(2, Math.max(0.25, pace.targetMs / Math.max(elapsedMs, 0.1)));
  return Math.min(range.most, Math.max(range.least, Math.round(size * factor)));
}

/** Milliseconds to rest after a step. */
export function restMs(elapsedMs: number, pace: Pace): number {
  return Math.min(longestRestMs, elapsedMs * pace.restRatio);
}

/** Source of time, which a test can replace. */
export interface Clock {
  /** Milliseconds since any point; never decreases. */
  now(): number;
  /** Resolves after this many milliseconds, immediately for 0 or less, or when the signal fires. */
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
  /** No step starts after this fires. */
  readonly signal?: AbortSignal | undefined;
  /** True if the step that threw this error had no effect and may succeed soon. */
  readonly isRetryable: (error: unknown) => boolean;
  readonly clock?: Clock;
}

const mostRetries = 6;
const firstRetryMs = 50;

/**
 * Takes steps, each as large as the last one's duration allows, with rests in between, until a step reports that it was
 * the last (true) or the signal fires (false). A step that fails with an error that may pass is repeated, smaller and
 * later, at most six times.
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
