import { credentialsIn } from './connection-files.ts';
import type { RunnerResult } from './result.ts';
import { StoreError } from './store-error.ts';

export type Failure = NonNullable<RunnerResult['failure']>;

/** As the result's schema has it. */
const longestMessage = 1024;

const bounded = (text: string) =>
  text.length <= longestMessage ? text : `${text.slice(0, longestMessage - 1)}…`;

/**
 * What to tell of an error. A StoreError speaks for itself; of any other nobody knows what it quotes, so it is
 * withheld where it holds a value of the connection's Secret.
 */
export async function failureOf(
  error: unknown,
  connectionPath: string,
): Promise<{ readonly failure: Failure; readonly stack?: string }> {
  if (error instanceof StoreError) {
    return { failure: { reason: error.reason, message: bounded(error.message) } };
  }
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  const reason = 'InternalError';
  // A Secret that cannot be read was not read before, either.
  const credentials = await credentialsIn(connectionPath).catch(() => []);
  if (credentials.some((credential) => `${message}${stack}`.includes(credential))) {
    return { failure: { reason, message: 'Unforeseen; the message is withheld, as it quotes the Secret' } };
  }
  return { failure: { reason, message: bounded(`Unforeseen: ${message}`) }, stack };
}
