import { setTimeout as sleep } from 'node:timers/promises';

const maxWaitMs = 2000;
const pollMs = 20;

/**
 * Ends the process with this code, or by a signal if a file operation hangs, for example on a network volume without
 * its server: process.exit() would wait for its thread indefinitely. The run's result is already written then.
 */
export async function exitWhenIdle(code: number): Promise<never> {
  const deadline = performance.now() + maxWaitMs;
  while (isInFile()) {
    if (performance.now() > deadline) kill();
    await sleep(pollMs);
  }
  process.exit(code);
}

/**
 * True while a file operation is running, in libuv's threads or in a worker of this program, which is waited for at its
 * port.
 */
const isInFile = (): boolean =>
  process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq') || name === 'MessagePort');

/** The first process of a container, which a run mostly is, ends only by its own fault. */
function kill(): never {
  process.removeAllListeners('SIGTERM');
  process.kill(process.pid, 'SIGTERM');
  process.abort();
}
