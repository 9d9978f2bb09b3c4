import { setTimeout as sleep } from 'node:timers/promises';

const minMs = 800;
const maxMs = 30_000;
const healthyAfterMs = 120_000;

/**
 * Waits longer after each failure, as client-go's reflector does; starts again at the shortest wait after a long time
 * without failures.
 */
export class BackOff {
  #nextMs = minMs;
  #waitedAt = performance.now();
  readonly #sleep: typeof sleep;

  constructor(sleepFor: typeof sleep = sleep) {
    this.#sleep = sleepFor;
  }

  /** Waits after a failed try: at least as long as the server asks, and not at all once the signal has fired. */
  async wait(atLeastMs: number | undefined, signal: AbortSignal): Promise<void> {
    if (performance.now() - this.#waitedAt > healthyAfterMs) this.#nextMs = minMs;
    // Half of the delay is random, so that many clients that lost the server do not return at the same time.
    const ms = this.#nextMs * (0.5 + Math.random() / 2);
    this.#nextMs = Math.min(this.#nextMs * 2, maxMs);
    await this.#sleep(Math.max(atLeastMs ?? 0, ms), undefined, { signal }).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
    this.#waitedAt = performance.now();
  }
}
