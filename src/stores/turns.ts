import { AsyncLocalStorage } from 'node:async_hooks';

/** Lets one piece of work through at a time, in the order of the calls. Work within a turn waits for no other. */
export class Turns {
  readonly #within = new AsyncLocalStorage<true>();
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#within.getStore()) return work();
    const turn = this.#last.then(() => this.#within.run(true, work));
    // The caller gets the failure; the next turn does not.
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
