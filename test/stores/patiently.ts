import { StoreError } from '../../src/stores/store-error.ts';

/**
 * A set-up as a Job does it, which is tried again: it waits some ten seconds for another one, which on a machine with
 * much else to do may take longer.
 */
export async function patiently<T>(setUp: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + 60_000; ; ) {
    try {
      return await setUp();
    } catch (error) {
      const isPassing = error instanceof StoreError && error.reason === 'LockTimeout';
      if (!isPassing || performance.now() > end) throw error;
    }
  }
}
