import fs from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { StoreError } from '../store-error.ts';
import { storeErrorOf } from './errors.ts';
import { Quarantine } from './quarantine.ts';
import type { Outcome, Task } from './task.ts';

/** What a thread answers to a task: errors lose their class on the way, so the reason goes along. */
export type Answer =
  | { readonly outcome: Outcome }
  | { readonly reason: StoreError['reason']; readonly message: string };

const quarantine = new Quarantine(fs);

parentPort?.on('message', (task: Task) => {
  parentPort?.postMessage(answerTo(task));
});

function answerTo(task: Task): Answer {
  try {
    return { outcome: quarantine.run(task) };
  } catch (thrown) {
    const error = storeErrorOf(thrown, task.places);
    if (error instanceof StoreError) return { reason: error.reason, message: error.message };
    // Where it came up, not its message: that may quote a file's name.
    const { name, stack = '' } = error instanceof Error ? error : new Error();
    const frames = stack.match(/[\w-]+\.[jt]s:\d+/g) ?? [];
    return { reason: 'InternalError', message: `Unexpected: ${name} at ${frames.slice(0, 4).join(' < ')}` };
  }
}
