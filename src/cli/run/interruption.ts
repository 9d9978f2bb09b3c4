import { createInterface } from 'node:readline/promises';
import type { Terminal } from '../terminal.ts';

/** Ctrl+C while a command follows runs: the first asks, the second leaves the command at once. */
export class Interruption implements Disposable {
  readonly #terminal: Terminal;
  readonly #first = Promise.withResolvers<void>();
  readonly #second = new AbortController();
  #isFirst = true;
  readonly #listener = () => {
    if (this.#isFirst) this.#first.resolve();
    else this.#second.abort();
    this.#isFirst = false;
  };

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    terminal.on?.('SIGINT', this.#listener);
  }

  /** The result of the work; undefined at the first Ctrl+C, after which the work's errors have no reader. */
  async resultOf<T>(work: Promise<T>): Promise<T | undefined> {
    work.catch(() => undefined);
    return Promise.race([work, this.#first.promise.then(() => undefined)]);
  }

  /**
   * Asks a question whose answer is no unless a person says yes; a second Ctrl+C, the end of the input, and a pipe in
   * the place of the keyboard or the screen all say no.
   */
  async confirm(question: string): Promise<boolean> {
    const { stdin, stderr } = this.#terminal;
    const { signal } = this.#second;
    if (!stdin.isTTY || !stderr.isTTY || signal.aborted) return false;
    // Without a terminal of its own, readline leaves Ctrl+C to the process.
    const lines = createInterface({ input: stdin, terminal: false });
    const ended = new Promise<string>((resolve) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(''));
      signal.addEventListener('abort', () => resolve(''), { once: true });
    });
    stderr.write(`${question} [y/N] `);
    try {
      return /^y(es)?$/i.test((await ended).trim());
    } finally {
      lines.close();
    }
  }

  [Symbol.dispose](): void {
    this.#terminal.off?.('SIGINT', this.#listener);
  }
}
