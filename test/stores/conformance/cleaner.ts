/** A process of its own that cleans a store, and answers with how many sessions it deleted and how much memory that took. */

import type { BackendName } from '../../../src/api/backends/index.ts';
import { makers } from './makers.ts';
import { peakBytes } from './peak-bytes.ts';

export interface Cleaning {
  readonly deleted: number;
  /** The most that the process has ever had. */
  readonly peakBytes: number;
}

async function clean({ kind, options }: { kind: BackendName; options: object }): Promise<Cleaning> {
  await using store = makers[kind](options);
  const { deleted } = await store.deleteOldSessions({ ageSeconds: 3600, pace: 'full' });
  return { deleted, peakBytes: await peakBytes() };
}

process.once('message', async (order: Parameters<typeof clean>[0]) => {
  process.send?.(await clean(order));
  process.disconnect();
});
