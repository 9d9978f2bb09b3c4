import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { failureReasons } from '../../api/reasons.ts';
import { StoreError } from '../store-error.ts';

/** Path of the Python program, by its name in package.json: found from the source, the library and the bundle. */
const program = createRequire(import.meta.url).resolve('#python');

const answerSchema = z.union([
  z.object({ error: z.object({ reason: z.enum(failureReasons), message: z.string().max(1024) }) }),
  z.object({ ok: z.unknown() }),
]);

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The Python program that does a store's work, started on the first request: one line of JSON for each request and one
 * for each response, in the same order (python/sessionstore/server.py). It ends when this process does.
 */
export class PythonProcess implements AsyncDisposable {
  readonly #interpreter: string;
  readonly #opening: Readonly<Record<string, unknown>>;
  #child: ChildProcessByStdio<Writable, Readable, null> | undefined;
  readonly #waiting: Waiting[] = [];
  #ended: StoreError | undefined;
  #opened: Promise<unknown> | undefined;

  readonly #lost: () => void;

  /** `opening`: the first request, which describes the store; `lost` is called when the program has ended. */
  constructor(opening: Readonly<Record<string, unknown>>, interpreter: string | undefined, lost: () => void) {
    this.#opening = opening;
    this.#lost = lost;
    this.#interpreter = interpreter ?? process.env['SESSIONSTORE_PYTHON'] ?? 'python3';
  }

  /** Sends a request; throws the StoreError of the response. */
  async request(work: string, parameters: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    this.#opened ??= this.#ask('open', this.#opening);
    await this.#opened;
    return this.#ask(work, parameters);
  }

  /** Ends the program once every request has its response. */
  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (!child || this.#ended) return;
    const exited = once(child, 'close');
    child.stdin.end();
    await exited;
  }

  #ask(work: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown> {
    this.#child ??= this.#start();
    const { stdin } = this.#child;
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      this.#waiting.push({ resolve, reject });
      stdin.write(`${JSON.stringify({ do: work, with: parameters })}\n`);
    });
  }

  #start(): ChildProcessByStdio<Writable, Readable, null> {
    // Ignores the user's own packages, and writes no file beside the program, which may be read-only.
    const child = spawn(this.#interpreter, ['-s', '-B', program], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', (line) => this.#answer(line));
    child.once('error', (error: NodeJS.ErrnoException) => this.#end(this.#notStarted(error)));
    child.once('close', (code, signal) => {
      this.#end(
        new StoreError(
          'InternalError',
          `Expected an answer of the Python program; it ended with ${signal ?? code}.`,
        ),
      );
    });
    // The program's end reports requests that it did not read.
    child.stdin.on('error', () => undefined);
    return child;
  }

  #notStarted({ code }: NodeJS.ErrnoException): StoreError {
    return new StoreError(
      'UnsupportedServer',
      `Expected to start ${this.#interpreter}; found ${code}. This store needs Python: use the runner's image for it.`,
    );
  }

  #answer(line: string): void {
    const waiting = this.#waiting.shift();
    const answer = parsed(line);
    if ('error' in answer) waiting?.reject(new StoreError(answer.error.reason, answer.error.message));
    else waiting?.resolve(answer.ok);
  }

  #end(error: StoreError): void {
    this.#ended ??= error;
    this.#lost();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}

function parsed(line: string): z.output<typeof answerSchema> {
  try {
    return answerSchema.parse(JSON.parse(line));
  } catch {
    // The program's output is left out, because it may quote a session.
    return {
      error: {
        reason: 'InternalError',
        message: `Expected a line of JSON from the Python program; found ${line.length} other characters.`,
      },
    };
  }
}
