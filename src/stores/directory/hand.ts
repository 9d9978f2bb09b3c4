import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { StoreError } from '../store-error.ts';
import { Quarantine, type SyncFileOperations } from './quarantine.ts';
import type { Outcome, Task } from './task.ts';
import type { Answer } from './thread.ts';

/** Does one task at a time. */
export interface Hand extends AsyncDisposable {
  run(task: Task): Promise<Outcome>;
}

/** A hand that works in this thread, with these file operations. */
export function ownHand(files: SyncFileOperations): Hand {
  const quarantine = new Quarantine(files);
  return {
    run: async (task) => quarantine.run(task),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/**
 * A hand that works in a thread, started at its first task: file operations that wait for the disk hold up nobody,
 * and cost a third of what they do through promises.
 */
export class ThreadHand implements Hand {
  #worker: Worker | undefined;

  async run(task: Task): Promise<Outcome> {
    this.#worker ??= new Worker(new URL(`./thread${extname(import.meta.filename)}`, import.meta.url), {
      // Not this program's: with some of them, such as --input-type, no thread starts.
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 },
    });
    const answered = once(this.#worker, 'message');
    this.#worker.postMessage(task);
    const [answer] = (await answered) as [Answer];
    if ('outcome' in answer) return answer.outcome;
    throw new StoreError(answer.reason, answer.message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate();
  }
}
