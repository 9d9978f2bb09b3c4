/** A process of its own that reads all sessions of a store, and answers with how many and how much memory that took. */

import { writeFile } from 'node:fs/promises';
import type { BackendName } from '../../../src/api/backends/index.ts';
import { makers } from './makers.ts';
import { peakBytes } from './peak-bytes.ts';

export interface Reading {
  readonly sessions: number;
  readonly bytes: number;
  /** How much more memory than before the process had at the most. */
  readonly grownBytes: number;
}

/** Has the kernel begin the peak again. */
const forgetPeak = () => writeFile('/proc/self/clear_refs', '5');

async function read({ kind, options }: { kind: BackendName; options: object }): Promise<Reading> {
  await using store = makers[kind](options);
  // It connects, or starts its helper.
  await store.hasSession('absent');
  await forgetPeak();
  const before = await peakBytes();
  let [sessions, bytes] = [0, 0];
  for await (const [, payload] of store.iterSessions()) {
    sessions += 1;
    bytes += payload.length;
  }
  return { sessions, bytes, grownBytes: (await peakBytes()) - before };
}

process.once('message', async (order: Parameters<typeof read>[0]) => {
  process.send?.(await read(order));
  process.disconnect();
});
