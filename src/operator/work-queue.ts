/** Observer of the queue, for metrics. */
export interface QueueObserver {
  onAdd?(depth: number): void;
  onStart?(waitedSeconds: number, depth: number): void;
  onDone?(workedSeconds: number): void;
  onRetry?(): void;
}

interface Waiting {
  readonly since: number;
}

const baseMs = 5;
const maxMs = 1_000_000;

/**
 * Keys to reconcile. The queue contains a key once; while a worker has the key no other worker gets it, and a key that
 * is added in the meantime is queued again afterwards. Delays keep the earliest time. After failures a key waits longer
 * each time (client-go's 5 ms · 2ⁿ).
 */
export class WorkQueue {
  readonly #ready = new Map<string, Waiting>();
  readonly #running = new Map<string, number>();
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, { readonly at: number; readonly timer: NodeJS.Timeout }>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  readonly #observer: QueueObserver;
  readonly #closing = new AbortController();

  constructor(observer: QueueObserver = {}) {
    this.#observer = observer;
  }

  /** Fires once the queue is closed. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  get depth(): number {
    return this.#ready.size;
  }

  /** Duration of the longest running reconcile. */
  longestRunMs(now = performance.now()): number {
    return Math.max(0, ...[...this.#running.values()].map((started) => now - started));
  }

  add(key: string): void {
    if (this.closed.aborted) return;
    this.#cancelTimer(key);
    if (this.#running.has(key)) {
      this.#again.add(key);
      return;
    }
    if (this.#ready.has(key)) return;
    this.#ready.set(key, { since: performance.now() });
    this.#observer.onAdd?.(this.#ready.size);
    this.#handOut();
  }

  addAfter(key: string, ms: number): void {
    if (this.closed.aborted) return;
    const at = performance.now() + ms;
    const known = this.#timers.get(key);
    if (known && known.at <= at) return;
    this.#cancelTimer(key);
    // A timer cannot wait longer than 2³¹ ms; it then fires early, which is allowed.
    const timer = setTimeout(() => this.add(key), Math.min(ms, 2 ** 31 - 1));
    timer.unref();
    this.#timers.set(key, { at, timer });
  }

  /** Queues the key after a failure, later each time until `forget`. Returns the number of failures in a row. */
  retry(key: string, atLeastMs = 0): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.#observer.onRetry?.();
    this.addAfter(key, Math.max(atLeastMs, Math.min(baseMs * 2 ** failures, maxMs)));
    return failures + 1;
  }

  /** Number of failures in a row. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key; undefined once the queue is closed. */
  take(): Promise<string | undefined> {
    if (this.closed.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      this.#handOut();
    });
  }

  /** Returns a key that was taken. */
  done(key: string): void {
    const started = this.#running.get(key);
    this.#running.delete(key);
    if (started !== undefined) this.#observer.onDone?.((performance.now() - started) / 1000);
    if (this.#again.delete(key)) this.add(key);
  }

  /** Stops handing out keys; running reconciles finish. */
  close(): void {
    this.#closing.abort();
    for (const key of [...this.#timers.keys()]) this.#cancelTimer(key);
    this.#ready.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #handOut(): void {
    for (const [key, { since }] of this.#ready) {
      const taker = this.#takers.shift();
      if (!taker) return;
      this.#ready.delete(key);
      const now = performance.now();
      this.#running.set(key, now);
      this.#observer.onStart?.((now - since) / 1000, this.#ready.size);
      taker(key);
    }
  }

  #cancelTimer(key: string): void {
    clearTimeout(this.#timers.get(key)?.timer);
    this.#timers.delete(key);
  }
}
