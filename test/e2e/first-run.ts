import { expect } from 'vitest';
import type { LastRun } from '../../src/api/status.ts';
import { jobPath, until } from '../api-client.ts';
import type { Namespace, Platform } from './platform.ts';

/** A schedule for stores with runs that a test starts itself. */
export const yearly = '0 0 1 1 *';

/** Starts a run of a store as its CronJob would: by a Job of the CronJob's template, which the CronJob owns. */
export async function startRun(
  { kubectl }: Platform,
  { name: namespace }: Namespace,
  store: string,
  job = `${store}-by-hand`,
): Promise<void> {
  await kubectl(['create', 'job', '-n', namespace, job, `--from=cronjob/${store}-cleanup`]);
}

/** The figures of a store's first run, with a Job from its CronJob. */
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
