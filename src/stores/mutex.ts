import { AsyncLocalStorage } from 'node:async_hooks';

/** Runs one call at a time, in the order of arrival. A nested call runs at once, as its caller holds the mutex. */
export class Mutex {
  readonly #within = new AsyncLocalStorage<true>();
  #last: Promise<unknown> = Promise.resolve();

  runExclusive<T>(work: () => Promise<T>): Promise<T> {
    if (this.#within.getStore()) return work();
    const call = this.#last.then(() => this.#within.run(true, work));
    // Its caller gets a failure; the next call runs all the same.
    this.#last = call.catch(() => undefined);
    return call;
  }
}
