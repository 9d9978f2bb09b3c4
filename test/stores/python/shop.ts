import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./shop.py', import.meta.url));
const packageFolder = fileURLToPath(new URL('../../../python', import.meta.url));

/** As the drivers of Python take it. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export type ShopStore = (
  | { readonly kind: 'directory'; readonly folder: string }
  | { readonly kind: 'postgres' | 'mysql'; readonly connection: Connection }
  | { readonly kind: 'shelve'; readonly filename: string }
  | { readonly kind: 'durus'; readonly file: string }
  | { readonly kind: 'durus'; readonly host: string; readonly port: number }
  | { readonly kind: 'durus'; readonly socket: string }
) & { readonly safe?: boolean };

export interface Burst {
  readonly saved: number;
  /** Requests that failed, by the error's name. */
  readonly failed: Readonly<Record<string, number>>;
  readonly lost: readonly string[];
}

/** A running application on session3: a process of its own, with classes that no other program can import. */
export class Shop implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** On this machine; `quiet` where what its libraries say of a broken store is no news. */
  static start(python: string, store: ShopStore, quiet = false): Promise<Shop> {
    return Shop.startBy([python, '-B', program, JSON.stringify(store), packageFolder], quiet);
  }

  /** By a command that talks to it on its standard input and output. */
  static async startBy([command = '', ...args]: readonly string[], quiet = false): Promise<Shop> {
    const shop = new Shop(spawn(command, args, { stdio: ['pipe', 'pipe', quiet ? 'ignore' : 'inherit'] }));
    await shop.#line();
    return shop;
  }

  async save(id: string, ageSeconds = 0): Promise<void> {
    await this.#ask({ do: 'save', id, age: ageSeconds });
  }

  /** One with a time that is no number. */
  async saveOdd(id: string): Promise<void> {
    await this.#ask({ do: 'save_odd', id });
  }

  /** A request with a session that takes as long to pickle as `meanwhile`; its store is open all the time. */
  async saveSlowly(id: string, meanwhile: () => Promise<void>): Promise<void> {
    await this.#ask({ do: 'save_slowly', id });
    await meanwhile();
    await this.#ask('go on');
  }

  /** The session as the application sees it; null if it does not exist. */
  async load(id: string): Promise<unknown> {
    return this.#ask({ do: 'load', id });
  }

  async delete(id: string): Promise<void> {
    await this.#ask({ do: 'delete', id });
  }

  /** Runs the clean-up of session3 itself. */
  async deleteOld(minutes: number): Promise<void> {
    await this.#ask({ do: 'delete_old', minutes });
  }

  /** Saves so many new sessions one after the other, with so many stale ones for each, and loads the new ones. */
  async burst(name: string, count: number, staleEach = 0, pauseSeconds = 0): Promise<Burst> {
    const burst = { do: 'burst', name, count, stale_each: staleEach, pause: pauseSeconds };
    return (await this.#ask(burst)) as Burst;
  }

  /** Deletes old sessions like a script, with only Python's shelve; returns whether it could. */
  async cleanNaively(ageSeconds: number): Promise<boolean> {
    return (await this.#ask({ do: 'clean_naively', seconds: ageSeconds })) as boolean;
  }

  /** Which of these sessions cannot be loaded. */
  async missing(ids: readonly string[]): Promise<readonly string[]> {
    return (await this.#ask({ do: 'missing', ids })) as readonly string[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.stdin.end();
    await exited;
  }

  async #ask(request: unknown): Promise<unknown> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = (await this.#line()) as { ok?: unknown; error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.ok;
  }

  async #line(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('The application ended');
    return JSON.parse(value);
  }
}

/** The application's view of a session that it saved. */
export const seen = (id: string) => ({
  class: 'CartSession',
  user: 'anna',
  cart: [{ article: id, price: 9.5 }],
});
