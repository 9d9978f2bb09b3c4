import { fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answer, Order } from './cleaner.ts';

/** Cleans a store in a process of its own; throws where it ends without an answer. */
export async function cleanApart(order: Order): Promise<Answer> {
  const program = fileURLToPath(new URL('./cleaner.ts', import.meta.url));
  // Compiled already, as in an image: else the memory that compiling takes would count.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'session-store-operator-bench') };
  const child = fork(program, { env });
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`Expected an answer of ${program}; it ended with ${code}`);
  });
  exited.catch(() => undefined);
  child.send(order);
  const [answer] = await Promise.race([once(child, 'message'), exited]);
  await exited.catch(() => undefined);
  return answer as Answer;
}
