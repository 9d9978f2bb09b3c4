import { setTimeout as rest } from 'node:timers/promises';

export interface Retries {
  readonly tries: number;
  /** Doubled after each try. */
  readonly firstRestMs: number;
}

const ofSetup: Retries = { tries: 5, firstRestMs: 400 };

/** Does the work, which checks and decides again at each try: by default as set-up does, with growing delays. */
export async function retry<T>(
  work: () => Promise<T>,
  isWorthAnotherTry: (error: unknown) => boolean,
  { tries, firstRestMs }: Retries = ofSetup,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (tries === 1 || !isWorthAnotherTry(error)) throw error;
    await rest(firstRestMs);
    return retry(work, isWorthAnotherTry, { tries: tries - 1, firstRestMs: firstRestMs * 2 });
  }
}
