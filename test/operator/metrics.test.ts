import { expect, test } from 'vitest';
import type { LastRun } from '../../src/api/status.ts';
import type { Cluster } from '../../src/kube/cluster.ts';
import { Metrics } from '../../src/operator/metrics.ts';
import { sessionStore } from '../builders.ts';

test('the counts of a deleted store are removed', async () => {
  const stores = new Map(['web', 'wiki'].map((name) => [`shop/${name}`, sessionStore(undefined, { name })]));
  const metrics = new Metrics(() => ({ watches: [], sessionStores: stores }) as unknown as Cluster);
  const run = { jobName: 'x', finishedAt: '', message: '', deleted: 7 };
  for (const store of stores.values()) {
    for (const outcome of ['Succeeded', 'Failed'] as const)
      metrics.countRun(store, { ...run, outcome } satisfies LastRun);
  }
  const linesOf = async (name: string) =>
    (await metrics.registry.metrics()).split('\n').filter((line) => line.includes(`name="${name}"`));
  expect(await linesOf('web')).toContain(
    'sessionstore_sessions_deleted_total{namespace="shop",name="web"} 14',
  );
  stores.delete('shop/web');
  await linesOf('web');
  expect(await linesOf('web')).toEqual([]);
  expect(await linesOf('wiki')).toContain(
    'sessionstore_sessions_deleted_total{namespace="shop",name="wiki"} 14',
  );
});

test('the counts of a store begin at 0, before its first run', async () => {
  const stores = new Map([['shop/web', sessionStore()]]);
  const metrics = new Metrics(() => ({ watches: [], sessionStores: stores }) as unknown as Cluster);
  const text = await metrics.registry.metrics();
  expect(text).toContain('sessionstore_cleanup_runs_total{namespace="shop",name="web",outcome="Failed"} 0');
  expect(text).toContain('sessionstore_sessions_deleted_total{namespace="shop",name="web"} 0');
});

test('a store that is deleted before its first scrape leaves no counts', async () => {
  const metrics = new Metrics(() => ({ watches: [], sessionStores: new Map() }) as unknown as Cluster);
  metrics.countRun(sessionStore(), { jobName: 'x', finishedAt: '', message: '', outcome: 'Failed' });
  expect(await metrics.registry.metrics()).not.toContain('name="web"');
});
