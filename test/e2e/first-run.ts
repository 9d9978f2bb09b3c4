import { expect } from 'vitest';
import type { LastRun } from '../../src/api/status.ts';
import { jobPath, until } from '../api-client.ts';
import type { Namespace, Platform } from './platform.ts';

/** The figures of a store's first run, which the CronJob itself started. */
export async function firstRun(
  platform: Platform,
  namespace: Namespace,
  store: string,
  timeoutMs = 150_000,
): Promise<LastRun> {
  const run = await until(
    `a run of ${store}`,
    async () => (await namespace.read(store)).status?.cleanup?.lastRun,
    timeoutMs,
  );
  const { body } = await platform.api.request('GET', jobPath(namespace.name, run.jobName));
  expect(body.metadata.ownerReferences[0]).toMatchObject({ kind: 'CronJob', name: `${store}-cleanup` });
  return run;
}
