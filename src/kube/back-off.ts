import { setTimeout as sleep } from 'node:timers/promises';

const minMs = 800;
const maxMs = 30_000;
const healthyAfterMs = 120_000;

/** Waits longer after each failure, as client-go's reflector does; a long time without one makes it start anew. */
export class BackOff {
  #nextMs = minMs;
  #waitedAt = performance.now();
  readonly #sleep: typeof sleep;

  constructor(sleepFor: typeof sleep = sleep) {
    this.#sleep = sleepFor;
  }

  /** Waits after a failed try: at least as long as the server asks; not at all once the signal has fired. */
  async wait(atLeastMs: number | undefined, signal: AbortSignal): Promise<void> {
    if (performance.now() - this.#waitedAt > healthyAfterMs) this.#nextMs = minMs;
    // Half of it is chance, so that many that lost the server do not come back at once.
    const ms = this.#nextMs * (0.5 + Math.random() / 2);
    this.#nextMs = Math.min(this.#nextMs * 2, maxMs);
    await this.#sleep(Math.max(atLeastMs ?? 0, ms), undefined, { signal }).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
    this.#waitedAt = performance.now();
  }
}
