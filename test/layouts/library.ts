import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Runtime } from './runtime.ts';

/** A session as its library would have saved it some time ago. */
export interface Saved {
  readonly id: string;
  readonly agoSeconds: number;
  /** Null: a session without an expiry. */
  readonly lifetimeSeconds: number | null;
}

/** One of the requests that a driver answers; the recipe in CONTRIBUTING.md says what each means. */
export type Request =
  | {
      readonly op: 'open';
      readonly library: string;
      readonly url?: string;
      readonly folder?: string;
      readonly table?: string;
    }
  | { readonly op: 'migrate' | 'close' }
  | ({ readonly op: 'save' } & Saved)
  | { readonly op: 'live'; readonly ids: readonly string[]; readonly lifetimeSeconds: number }
  | { readonly op: 'clean'; readonly lifetimeSeconds: number };

export interface Answer {
  readonly ok: boolean;
  readonly unsupported?: boolean;
  readonly error?: string;
  /** Of `save`: the session's key, or the name of its file. */
  readonly key?: string;
  /** Of `live`. */
  readonly ids?: readonly string[];
}

/** A driver's process: one request at a time, in JSON, one a line. */
export class Library implements AsyncDisposable {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  private constructor(process: ChildProcessWithoutNullStreams) {
    this.#process = process;
    this.#lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
    process.stderr.on('data', (chunk) => {
      this.#errors = `${this.#errors}${chunk}`.slice(-4000);
    });
  }

  /** Starts the driver with the application's time zone. */
  static async start(runtime: Runtime, timeZone: string): Promise<Library> {
    const { command, args, env } = await runtime.prepare();
    return new Library(spawn(command, args, { env: { ...process.env, ...env, TZ: timeZone } }));
  }

  /** The answer, also where it says that the library cannot do it. */
  async ask(request: Request): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`Expected an answer to ${request.op}; the driver ended: ${this.#errors}`);
    const answer = JSON.parse(value) as Answer;
    if (answer.ok || answer.unsupported) return answer;
    throw new Error(`${JSON.stringify(request)}: ${answer.error}\n${this.#errors}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin.end();
    if (this.#process.exitCode === null && this.#process.signalCode === null)
      await once(this.#process, 'exit');
  }
}
