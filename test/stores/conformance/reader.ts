/** A process of its own that reads all sessions of a store, and answers with how many and how much memory that took. */

import { readFile, writeFile } from 'node:fs/promises';
import type { BackendName } from '../../../src/api/backends/index.ts';
import { makers } from './makers.ts';

export interface Reading {
  readonly sessions: number;
  readonly bytes: number;
  /** How much more memory than before the process had at the most. */
  readonly grownBytes: number;
}

/** The most that the process had since `forgetPeak`. */
async function peakBytes(): Promise<number> {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(await readFile('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

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
