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

/** The events of a store after so many failed reconciles and one more. */
async function eventsAfter(failures: number): Promise<readonly StatusEvent[]> {
  const key = 'shop/web';
  const events: StatusEvent[] = [];
  const cluster = {
    watches: [],
    isSyncedIn: () => true,
    sessionStores: new Map([[key, sessionStore()]]),
  } as unknown as Cluster;
  const context = {
    caches: {
      sessionStore: () => {
        throw new TypeError('an unexpected error');
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
  });
  const running = controller.run();
  await until('the failure', async () => retried > failures);
  queue.close();
  await running;
  return events;
}

test('a reconcile that keeps failing is reported in one event', async () => {
  expect(await eventsAfter(3)).toEqual([]);
  expect(await eventsAfter(9)).toMatchObject([
    { type: 'Warning', reason: 'InternalError', note: expect.stringContaining('an unexpected error') },
  ]);
  expect(await eventsAfter(10)).toEqual([]);
});
