import { setTimeout as rest } from 'node:timers/promises';
import { StoreError } from '../store-error.ts';

export interface Retries {
  readonly tries: number;
  /** Doubled after each try. */
  readonly firstRestMs: number;
}

/** Does the work, which checks and decides again at each try, with growing delays. */
export async function retry<T>(
  work: () => Promise<T>,
  isWorthAnotherTry: (error: unknown) => boolean,
  { tries, firstRestMs }: Retries,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (tries === 1 || !isWorthAnotherTry(error)) throw error;
    await rest(firstRestMs);
    return retry(work, isWorthAnotherTry, { tries: tries - 1, firstRestMs: firstRestMs * 2 });
  }
}

/** Retries a step of set-up after a wait for a lock, and where another set-up was quicker. */
export const setupRetry =
  (isOvertaken: (error: StoreError) => boolean) =>
  <T>(step: () => Promise<T>): Promise<T> =>
    retry(
      step,
      (error) => error instanceof StoreError && (error.reason === 'LockTimeout' || isOvertaken(error)),
      { tries: 5, firstRestMs: 400 },
    );
