import fs from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { StoreError } from '../../store-error.ts';
import { storeErrorOf } from '../errors.ts';
import type { CleanupTask, TaskResult } from './cleanup-task.ts';
import { Quarantine } from './quarantine.ts';

/** A thread's answer to a task: an error loses its class on the way, so its reason goes along. */
export type Answer =
  | { readonly result: TaskResult }
  | { readonly reason: StoreError['reason']; readonly message: string };

const quarantine = new Quarantine(fs);

parentPort?.on('message', (task: CleanupTask) => {
  parentPort?.postMessage(answerTo(task));
});

function answerTo(task: CleanupTask): Answer {
  try {
    return { result: quarantine.run(task) };
  } catch (thrown) {
    const error = storeErrorOf(thrown, task.paths);
    if (error instanceof StoreError) return { reason: error.reason, message: error.message };
    // Its stack frames, not its message: that may quote a file's name.
    const { name, stack = '' } = error instanceof Error ? error : new Error();
    const frames = stack.match(/[\w-]+\.[jt]s:\d+/g) ?? [];
    return { reason: 'InternalError', message: `Unexpected: ${name} at ${frames.slice(0, 4).join(' < ')}` };
  }
}
