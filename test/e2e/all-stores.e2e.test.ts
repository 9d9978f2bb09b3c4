import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type BackendName, backendNames } from '../../src/api/backends/index.ts';
import type { LastRun } from '../../src/api/status.ts';
import { type ExampleStore, filledStore } from './example-stores.ts';
import { firstRun, startRun, yearly } from './first-run.ts';
import { connectPlatform, type Namespace, newNamespace, type Platform } from './platform.ts';
import { removeVolumes } from './volume.ts';

const amount = { total: 100, stale: 90 };
const live = Array.from({ length: amount.total - amount.stale }, (_, i) => amount.stale + 1 + i);

let platform: Platform;
let namespace: Namespace;
const examples = new Map<BackendName, ExampleStore>();
const runs = new Map<BackendName, Promise<LastRun>>();

beforeAll(async () => {
  platform = await connectPlatform(inject('kubeconfig'), inject('kubectl'));
  namespace = await newNamespace(platform, 'stores');
  await Promise.all(
    backendNames.map(async (name) => {
      examples.set(name, await filledStore(platform, namespace, name, amount, { schedule: yearly }));
      await startRun(platform, namespace, name);
      runs.set(name, firstRun(platform, namespace, name));
    }),
  );
  await Promise.allSettled(runs.values());
});

afterAll(async () => {
  await removeVolumes(platform, namespace);
  await namespace.remove();
});

test.each(backendNames)(
  'a store of the backend %s loses its 90 old sessions of 100 to a run of its CronJob, and no other',
  async (name) => {
    const run = await runs.get(name);

    const left = await examples.get(name)?.left();
    expect(left).toEqual(live);
    expect(run).toMatchObject({
      outcome: 'Succeeded',
      deleted: amount.stale,
      overdue: 0,
      remaining: left?.length,
    });
    const { status } = await namespace.becomes(name, 'CleanedUp', 'True', 'CleanedUp');
    expect(status?.cleanup?.lastRun).toMatchObject({ overdue: 0, remaining: left?.length });
  },
);
