/** A process of its own that reads all sessions of a store, and answers with how many and how much memory that took. */

import type { BackendName } from '../../../src/api/backends/index.ts';
import { makers } from './makers.ts';

export interface Reading {
  readonly sessions: number;
  readonly bytes: number;
  /** The most that the process has ever had. */
  readonly peakBytes: number;
}

async function read({ kind, options }: { kind: BackendName; options: object }): Promise<Reading> {
  await using store = makers[kind](options);
  let [sessions, bytes] = [0, 0];
  for await (const [, payload] of store.iterSessions()) {
    sessions += 1;
    bytes += payload.length;
  }
  return { sessions, bytes, peakBytes: process.resourceUsage().maxRSS * 1024 };
}

process.once('message', async (order: Parameters<typeof read>[0]) => {
  process.send?.(await read(order));
  process.disconnect();
});
