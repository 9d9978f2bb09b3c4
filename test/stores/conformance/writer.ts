/** A process of its own that uses a store as it is told by its parent, and answers with what became of it. */

import type { BackendName } from '../../../src/api/backends/index.ts';
import { makers } from './makers.ts';
import { isWhole, wholePayload } from './payload.ts';

export interface Order {
  readonly kind: BackendName;
  readonly options: object;
  readonly name: string;
  /** How many sessions of its own to save; between them it saves, loads and deletes those that all share. */
  readonly count: number;
  /** Goes on, with the same sessions, until it is told that it was enough. */
  readonly isEndless?: true;
}

export interface WriterResult {
  readonly failures: readonly string[];
  readonly torn: number;
}

let isEnough = false;

async function carryOut({ kind, options, name, count, isEndless }: Order): Promise<WriterResult> {
  await using store = makers[kind](options);
  const failures: string[] = [];
  let torn = 0;
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      const { reason, message } = error as { reason?: string; message: string };
      failures.push(`${reason}: ${message}`);
    }
  };
  for (let number = 0; number < count || (isEndless && !isEnough); number += 1) {
    const own = `${name}-${number % count}`;
    await attempt(() => store.saveSession(own, Buffer.from(`first of ${own}`)));
    await attempt(() => store.saveSession('shared', wholePayload(20_000)));
    await attempt(async () => {
      const payload = await store.loadSession('shared');
      if (!payload || !isWhole(payload)) torn += 1;
    });
    await attempt(() => store.saveSession('sometimes', wholePayload(100)));
    await attempt(() => store.deleteSession('sometimes'));
    await attempt(() => store.saveSession(own, Buffer.from(`last of ${own}`)));
  }
  return { failures, torn };
}

process.once('message', async (order: Order) => {
  for (const event of ['message', 'disconnect'])
    process.once(event, () => {
      isEnough = true;
    });
  process.send?.(await carryOut(order));
  process.disconnect();
});
