import { StoreError } from '../stores/store-error.ts';

/** Share of a Job's deadline; the rest is for the last safe point and the result. */
const deadlineShare = 0.8;
const graceShare = 0.1;

/** Stops a run at its Job's deadline or on SIGTERM, and ends the wait for a run that does not stop. */
export class Stop implements Disposable {
  /** Fires when the run has to stop at the next safe point. */
  readonly signal: AbortSignal;
  /** Rejects when the wait is over, or on an error that no other code awaits. */
  readonly forced: Promise<never>;
  /** The reason, once the signal has fired. */
  reason: { readonly by: 'deadline' | 'signal'; readonly message: string } | undefined;
  readonly #controller = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #graceMs: number;
  #force: (error: unknown) => void = () => undefined;

  constructor(deadlineSeconds: number | undefined, graceMs: number) {
    this.signal = this.#controller.signal;
    this.#graceMs = Math.min(graceMs, (deadlineSeconds ?? Number.POSITIVE_INFINITY) * 1000 * graceShare);
    this.forced = new Promise((_resolve, reject) => {
      this.#force = reject;
    });
    // The promise may reject when no code waits for it any more.
    this.forced.catch(() => undefined);
    process.on('SIGTERM', this.#onSignal);
    process.on('SIGINT', this.#onSignal);
    process.on('uncaughtException', this.#force);
    if (deadlineSeconds !== undefined) {
      const seconds = Math.floor(deadlineSeconds * deadlineShare);
      const message = `stopped after ${seconds} s, as its Job's deadline is ${deadlineSeconds} s; another run continues the work`;
      this.#after(seconds * 1000, () => this.#stop({ by: 'deadline', message }));
    }
  }

  readonly #onSignal = (): void => {
    this.#stop({
      by: 'signal',
      message: 'the pod was told to stop before the work was done; another run continues it',
    });
  };

  #stop(reason: NonNullable<Stop['reason']>): void {
    if (this.reason) return;
    this.reason = reason;
    this.#controller.abort();
    this.#after(this.#graceMs, () => this.#force(new StoreError('Interrupted', reason.message)));
  }

  #after(ms: number, act: () => void): void {
    this.#timers.push(setTimeout(act, ms));
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer);
    process.off('SIGTERM', this.#onSignal);
    process.off('SIGINT', this.#onSignal);
    process.off('uncaughtException', this.#force);
  }
}
