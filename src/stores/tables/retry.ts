import { setTimeout as rest } from 'node:timers/promises';

const tries = 5;
const firstRestMs = 200;

/** Does the work of set-up, which checks and decides again at each try: five times at most, with growing delays. */
export async function retry<T>(
  work: () => Promise<T>,
  isWorthAnotherTry: (error: unknown) => boolean,
  attempt = 1,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (attempt === tries || !isWorthAnotherTry(error)) throw error;
    await rest(firstRestMs * 2 ** attempt);
    return retry(work, isWorthAnotherTry, attempt + 1);
  }
}
