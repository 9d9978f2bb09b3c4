import { once } from 'node:events';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { StatusEvent } from '../../src/api/status-event.ts';
import type { Cluster } from '../../src/kube/cluster.ts';
import { Controller } from '../../src/operator/controller.ts';
import { Metrics } from '../../src/operator/metrics.ts';
import type { ReconcileContext } from '../../src/operator/reconcile.ts';
import { WorkQueue } from '../../src/operator/work-queue.ts';
import { until } from '../api-client.ts';
import { sessionStore } from '../builders.ts';

/** The events of a store after so many failed reconciles and one more, and how often its worker rested. */
async function eventsAfter(
  failures: number,
  error: Error = new TypeError('an unexpected error'),
): Promise<{ readonly events: readonly StatusEvent[]; readonly rests: number }> {
  const key = 'shop/web';
  const events: StatusEvent[] = [];
  let rests = 0;
  const cluster = {
    watches: [],
    isSyncedIn: () => true,
    sessionStores: new Map([[key, sessionStore()]]),
  } as unknown as Cluster;
  const context = {
    caches: {
      sessionStore: () => {
        throw error;
      },
    },
    writer: { emit: (_store: unknown, event: StatusEvent) => events.push(event) },
  } as unknown as ReconcileContext;
  let retried = 0;
  const queue = new WorkQueue({
    onRetry: () => {
      retried += 1;
    },
  });
  for (let i = 0; i < failures; i += 1) queue.retry(key);
  const log = pino({ level: 'silent' });
  const metrics = new Metrics(() => cluster);
  const controller = new Controller({
    cluster,
    queue,
    context,
    metrics,
    log,
    concurrency: 1,
    resyncMs: 60_000,
    backOff: () => ({
      wait: async (_atLeastMs, signal) => {
        rests += 1;
        if (!signal.aborted) await once(signal, 'abort');
      },
    }),
  });
  const running = controller.run();
  await until('the failure', async () => retried > failures);
  queue.close();
  await running;
  return { events, rests };
}

test('a reconcile that keeps failing is reported in one event', async () => {
  expect(await eventsAfter(3)).toEqual({ events: [], rests: 0 });
  expect((await eventsAfter(9)).events).toMatchObject([
    { type: 'Warning', reason: 'InternalError', note: expect.stringContaining('an unexpected error') },
  ]);
  expect((await eventsAfter(10)).events).toEqual([]);
});

test('a worker that finds no API server takes no further store for a while, and ends with its queue', async () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  expect((await eventsAfter(0, refused)).rests).toBe(1);
});
