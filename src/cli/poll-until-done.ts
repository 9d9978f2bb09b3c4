import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

const pollMs = 500;

/** The result of a look at the cluster: the awaited state, or a sentence on what is missing. */
export type PollResult<T> = { readonly done: T } | { readonly missing: string };

/** Looks again and again; after the timeout, in seconds, the error says what was missing at the last look. */
export async function pollUntilDone<T>(poll: () => Promise<PollResult<T>>, timeout: number): Promise<T> {
  for (const started = performance.now(); ; ) {
    const found = await poll();
    if ('done' in found) return found.done;
    if (performance.now() - started > timeout * 1000)
      throw new CliError(exitCodes.unavailable, found.missing);
    await sleep(pollMs);
  }
}
