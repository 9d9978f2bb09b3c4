import { expect, test } from 'vitest';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import type { LastRun, SessionStoreStatus } from '../../src/api/status.ts';
import type { Cluster } from '../../src/kube/cluster.ts';
import { Metrics } from '../../src/operator/metrics.ts';
import { postgresSpec, sessionStore } from '../builders.ts';

const at = (time: string): string => `2026-11-20T${time}:00Z`;
const secondsAt = (time: string): string => String(Date.parse(at(time)) / 1000);

const condition = (type: string, status: 'True' | 'False', reason: string, since = at('08:00')) => ({
  type,
  status,
  reason,
  lastTransitionTime: since,
  message: '',
});

const run: LastRun = {
  jobName: 'web-cleanup-1',
  startedAt: at('11:17'),
  finishedAt: at('11:19'),
  outcome: 'Succeeded',
  deleted: 9,
  overdue: 0,
  remaining: 5,
  message: '',
};

const cleanup = {
  schedule: '17 1,5 * * *',
  timeZone: 'Etc/UTC',
  cronJobName: 'web-cleanup',
  lastSuccessTime: run.finishedAt,
  lastRun: run,
};

const healthy: SessionStoreStatus = {
  store: 'postgres: table public.session (connect-pg-simple)',
  effective: { layout: { value: 'connect-pg-simple', source: 'Spec' } },
  conditions: [condition('Ready', 'True', 'Ready'), condition('CleanupScheduled', 'True', 'Scheduled')],
  cleanup,
};

/** The series of a store with this status, without the labels that all of its series have. */
async function seriesOf(
  status: SessionStoreStatus | undefined,
  spec: SessionStoreSpec = postgresSpec,
): Promise<readonly string[]> {
  const stores = new Map([['shop/web', sessionStore(spec, status && { status })]]);
  const metrics = new Metrics(() => ({ watches: [], sessionStores: stores }) as unknown as Cluster);
  return (await metrics.registry.metrics())
    .split('\n')
    .filter((line) => line.includes('namespace="shop",name="web"'))
    .map((line) => line.replace('namespace="shop",name="web"', '').replace('{}', ''));
}

const gauge = async (name: string, ...args: Parameters<typeof seriesOf>): Promise<string | undefined> =>
  (await seriesOf(...args)).find((line) => line.startsWith(`sessionstore_${name} `))?.split(' ')[1];

test('a store has these series', async () => {
  expect(await seriesOf(healthy)).toEqual([
    'sessionstore_cleanup_runs_total{,outcome="Succeeded"} 0',
    'sessionstore_cleanup_runs_total{,outcome="DryRun"} 0',
    'sessionstore_cleanup_runs_total{,outcome="Incomplete"} 0',
    'sessionstore_cleanup_runs_total{,outcome="Failed"} 0',
    'sessionstore_sessions_deleted_total 0',
    'sessionstore_info{,backend="postgres",layout="connect-pg-simple"} 1',
    'sessionstore_ready 1',
    'sessionstore_last_run_deleted 9',
    'sessionstore_last_run_overdue 0',
    'sessionstore_remaining 5',
    'sessionstore_last_run_undeletable 0',
    'sessionstore_last_run_duration_seconds 120',
    'sessionstore_cleanup_failures 0',
    // From 5:17 to 1:17.
    `sessionstore_cleanup_interval_seconds ${20 * 3600}`,
    `sessionstore_cleanup_awaited_since_timestamp_seconds ${secondsAt('11:19')}`,
    `sessionstore_last_success_timestamp_seconds ${secondsAt('11:19')}`,
  ]);
});

test('a run that failed after it had deleted says nothing about sessions that cannot be deleted', async () => {
  const failed = { ...run, outcome: 'Failed' as const, deleted: 500 };
  expect(await gauge('last_run_undeletable', healthy)).toBe('0');
  expect(
    await gauge('last_run_undeletable', { ...healthy, cleanup: { ...cleanup, lastRun: failed } }),
  ).toBeUndefined();
});

test('a store without a status is not Ready, and has nothing else but counts of 0', async () => {
  const series = (await seriesOf(undefined)).filter((line) => !line.includes('_total'));
  expect(series).toEqual(['sessionstore_ready 0', 'sessionstore_not_ready{,reason="Unknown"} 1']);
});

test('the reason of a store that is not Ready is a label', async () => {
  const conditions = [condition('Ready', 'False', 'AuthenticationFailed')];
  expect(await seriesOf({ ...healthy, conditions })).toContain(
    'sessionstore_not_ready{,reason="AuthenticationFailed"} 1',
  );
});

test('before the first success, one is awaited since clean-up was scheduled', async () => {
  const { lastSuccessTime: _, lastRun: __, ...never } = cleanup;
  const awaited = 'cleanup_awaited_since_timestamp_seconds';
  expect(await gauge(awaited, { ...healthy, cleanup: never })).toBe(secondsAt('08:00'));
});

test('a success before a new schedule, or before a suspension ended, is not what is awaited', async () => {
  const awaited = 'cleanup_awaited_since_timestamp_seconds';
  const changed = { ...healthy, cleanup: { ...cleanup, scheduleChangedAt: at('12:00') } };
  expect(await gauge(awaited, changed)).toBe(secondsAt('12:00'));
  const resumed = [condition('CleanupScheduled', 'True', 'Scheduled', at('13:00'))];
  expect(await gauge(awaited, { ...healthy, conditions: resumed })).toBe(secondsAt('13:00'));
});

const dryRun: SessionStoreSpec = { ...postgresSpec, cleanup: { ...postgresSpec.cleanup, dryRun: true } };
const suspended = [condition('CleanupScheduled', 'False', 'Suspended')];

test.each<[string, SessionStoreStatus, SessionStoreSpec]>([
  ['suspended', { ...healthy, conditions: suspended }, postgresSpec],
  ['a dry run', healthy, dryRun],
  [
    'a dry run until a format is confirmed',
    { ...healthy, cleanup: { ...cleanup, lastRun: { ...run, dryRun: true } } },
    postgresSpec,
  ],
])('no success is awaited of a clean-up that is %s', async (_name, status, spec) => {
  const names = (await seriesOf(status, spec)).map((line) => line.split(' ')[0]);
  expect(names).toContain('sessionstore_last_success_timestamp_seconds');
  expect(names.filter((name) => name?.includes('_awaited_') || name?.includes('_interval_'))).toEqual([]);
});

test.each(['cleanup.expiredFor', 'cleanup.unmodifiedFor'])(
  'the oldest stale session should have been deleted at its time and %s',
  async (field) => {
    const effective = { [field]: { value: '30m', source: 'Spec' as const } };
    const status = { ...healthy, effective, cleanup: { ...cleanup, oldestStale: at('09:00') } };
    expect(await gauge('oldest_stale_due_timestamp_seconds', status)).toBe(secondsAt('09:30'));
  },
);

test('a status that another client wrote does not break the other series', async () => {
  const series = await seriesOf({ ...healthy, cleanup: { ...cleanup, schedule: 'at noon' } });
  expect(series).toContain('sessionstore_ready 1');
  expect(series.filter((line) => line.includes('_interval_'))).toEqual([]);
});
