import { setTimeout as sleep } from 'node:timers/promises';

const patienceMs = 2000;
const lookMs = 20;

/**
 * Ends the process with this code; or by a signal, where a file operation hangs, as on a network volume whose server has
 * gone: process.exit() would wait for its thread indefinitely. The run's result is written by then.
 */
export async function leave(code: number): Promise<never> {
  const deadline = performance.now() + patienceMs;
  while (isInFile()) {
    if (performance.now() > deadline) kill();
    await sleep(lookMs);
  }
  process.exit(code);
}

/** Whether a file operation is under way, in libuv's threads or in a worker of ours, which is waited for at its port. */
const isInFile = (): boolean =>
  process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq') || name === 'MessagePort');

/** Nothing but its own fault ends the first process of a container, which it mostly is. */
function kill(): never {
  process.removeAllListeners('SIGTERM');
  process.kill(process.pid, 'SIGTERM');
  process.abort();
}
