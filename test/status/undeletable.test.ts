import { expect, test } from 'vitest';
import type { CleanupReport } from '../../src/api/runner-result.ts';
import { type SessionStoreStatus, statusSchema } from '../../src/api/status.ts';
import type { Cluster } from '../../src/kube/cluster.ts';
import { Metrics } from '../../src/operator/metrics.ts';
import { eventsOf } from '../../src/status/events-of.ts';
import { cleanupJob, cleanupResult, cronJob, postgresSpec, sessionStore } from '../builders.ts';
import { healthy, status } from './status-fixture.ts';

const first = status(healthy);

function afterRun(
  before: SessionStoreStatus,
  minute: number,
  report: Partial<CleanupReport>,
): SessionStoreStatus {
  const current = sessionStore(postgresSpec, { status: before });
  const job = cleanupJob(`run-${minute}`, cleanupResult(report), 0, `2026-11-20T11:${minute}:00Z`);
  return status({ store: current, cronJob: cronJob(), cleanupJobs: [job] });
}

const stuck = { overdue: 3, undeletable: [{ cause: 'Referenced' as const, count: 3 }] };
const cleanedUp = ({ conditions }: SessionStoreStatus) =>
  conditions?.find(({ type }) => type === 'CleanedUp');

test('sessions that cannot be deleted are counted and named by cause, and leave Ready as it is', () => {
  const status = afterRun(first, 20, stuck);
  const sentence =
    'deleted 9,000 sessions, 3 overdue left, 1,000 remain; 3 could not be deleted: a foreign key of another table refers to them: delete the rows there first, or drop the key, which the notes of set-up name';
  expect(status.cleanup?.lastRun).toMatchObject({ outcome: 'Succeeded', message: sentence, ...stuck });
  expect(cleanedUp(status)).toMatchObject({ status: 'False', reason: 'SomeUndeletable', message: sentence });
  expect(status.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
  // The run saw everything and deleted all that can be: the alert on its age is not about these.
  expect(status.cleanup?.lastSuccessTime).toBe('2026-11-20T11:20:00Z');
  expect(statusSchema.safeParse(status)).toMatchObject({ success: true });
});

test('causes are told one after the other', () => {
  const undeletable = [
    { cause: 'NotPermitted' as const, count: 1200 },
    { cause: 'IoError' as const, count: 1 },
  ];
  expect(afterRun(first, 20, { overdue: 1201, undeletable }).cleanup?.lastRun?.message).toMatch(
    /; 1,200 could not be deleted: they are files .*; 1 could not be deleted: the file system fails on them: see the log/,
  );
});

test('a Warning comes with the first run that leaves some, and again after one that left none', () => {
  const runs: Partial<CleanupReport>[] = [stuck, stuck, { ...stuck, complete: false }, stuck, {}, stuck];
  let before = first;
  const warnings = runs.map((report, n) => {
    const after = afterRun(before, 20 + n, report);
    const events = eventsOf(before, after).filter(({ type }) => type === 'Warning');
    before = after;
    return events.map(({ reason }) => reason).join();
  });
  expect(warnings).toEqual(['SomeUndeletable', '', '', '', '', 'SomeUndeletable']);
});

test('the metric has their number, 0 where a run left none, and nothing before the first', async () => {
  const stores = new Map(
    [
      ['none-yet', first],
      ['stuck', afterRun(first, 20, stuck)],
      ['fine', afterRun(first, 20, {})],
    ].map(([name, status]) => [name, sessionStore(postgresSpec, { name, status } as object)]),
  );
  const metrics = new Metrics(() => ({ watches: [], sessionStores: stores }) as unknown as Cluster);
  const lines = (await metrics.registry.metrics()).split('\n');
  expect(lines.filter((line) => line.startsWith('sessionstore_last_run_undeletable{'))).toEqual([
    'sessionstore_last_run_undeletable{namespace="shop",name="stuck"} 3',
    'sessionstore_last_run_undeletable{namespace="shop",name="fine"} 0',
  ]);
});
