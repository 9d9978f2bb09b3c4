import { describe, expect, test } from 'vitest';
import type { Pod } from '../../src/api/kubernetes.ts';
import { type SessionStoreStatus, statusSchema } from '../../src/api/status.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import { dryRunAnnotation } from '../../src/state/labels.ts';
import type { ObservedJob } from '../../src/state/observed.ts';
import { eventsOf } from '../../src/status/events-of.ts';
import { preflightStatusOf } from '../../src/status/status-of.ts';
import {
  cleanupJob,
  cleanupResult,
  failureResult,
  finishedSetup,
  newCleanup,
  observed,
  postgresSpec,
  sessionStore,
  setupResult,
  terminatedPod,
} from '../builders.ts';
import { asWritten, conditionOf, healthy, status, store } from '../status/status-fixture.ts';

const readyOf = (of: SessionStoreStatus) => conditionOf(of, 'Ready');

test('runs that an older schedule did not have are not missed', () => {
  const run = cleanupJob('web-cleanup-1', cleanupResult(), 0, '2026-11-20T11:17:09Z');
  const parts = { ...healthy, cleanupJobs: [run] };
  const weekly = sessionStore({ ...postgresSpec, cleanup: { schedule: '17 11 * * 5' } });
  const before = status({ ...parts, store: weekly });
  const sixDaysOn = new Date('2026-11-26T18:00:00Z');
  const daily = (cleanupStatus: SessionStoreStatus, now: Date) =>
    status({
      ...parts,
      now,
      store: sessionStore(
        { ...postgresSpec, cleanup: { schedule: '17 11 * * *' } },
        { status: cleanupStatus },
      ),
    });
  const changed = daily(before, sixDaysOn);
  expect(readyOf(changed)).toBe('True Ready');
  expect(changed.cleanup?.scheduleChangedAt).toBe('2026-11-26T18:00:00Z');
  // The same status again, whenever it is asked for, until three of the new periods have passed.
  expect(daily(changed, new Date('2026-11-29T11:00:00Z'))).toEqual(changed);
  expect(readyOf(daily(changed, new Date('2026-11-29T13:00:00Z')))).toBe('False RunsMissed');
});

test('a run that began before another and ended after it is the last one, and stays it', () => {
  const long = cleanupJob('by-hand', cleanupResult({ deleted: 1 }), 0, '2026-11-20T11:40:00Z');
  const short = cleanupJob('web-cleanup-1', cleanupResult({ deleted: 2 }), 0, '2026-11-20T11:20:00Z');
  const { status: _running, ...job } = long.job;
  const first = { ...healthy, cleanupJobs: [{ ...long, job, pods: [] }, short] };
  expect(status(first).cleanup?.lastRun?.jobName).toBe('web-cleanup-1');
  const both = { ...healthy, store: asWritten(first), cleanupJobs: [long, short] };
  expect(status(both).cleanup?.lastRun).toMatchObject({ jobName: 'by-hand', deleted: 1 });
  expect(status({ ...both, store: asWritten(both) }).cleanup?.lastRun?.jobName).toBe('by-hand');
});

test('a dry run that a person made beside the schedule changes nothing in status, and one that deleted is recorded', () => {
  const failed = cleanupJob('run-1', failureResult('LockTimeout', 'busy'), 1, '2026-11-20T11:20:00Z');
  const before = { ...healthy, cleanupJobs: [failed] };
  const trial = (dryRun: boolean): ObservedJob => {
    const made = cleanupJob('trial', cleanupResult({ dryRun }), 0, '2026-11-20T11:40:00Z');
    const { metadata } = made.job;
    return {
      ...made,
      job: { ...made.job, metadata: { ...metadata, annotations: { [dryRunAnnotation]: 'true' } } },
    };
  };
  const after = (job: ObservedJob) => ({ ...before, store: asWritten(before), cleanupJobs: [failed, job] });
  expect(status(after(trial(true)))).toEqual(status({ ...before, store: asWritten(before) }));
  expect(status(after(trial(true))).cleanup?.failures).toBe(1);
  const deleting = status(after(trial(false))).cleanup;
  expect(deleting?.lastRun?.jobName).toBe('trial');
  expect(deleting?.failures).toBeUndefined();
  const { status: _ended, ...job } = trial(true).job;
  const { active } = deriveState(observed(after({ job, pods: [], warnings: [] }))).cleanup;
  expect(active).toBeUndefined();
});

test('each of several finished runs is reported, and the last one stays', () => {
  const failed = cleanupJob('run-1', failureResult('LockTimeout', 'busy'), 1, '2026-11-20T11:20:00Z');
  const second = cleanupJob('run-2', cleanupResult(), 0, '2026-11-20T11:40:00Z');
  const parts = { ...healthy, cleanupJobs: [second, failed], store: asWritten(healthy) };
  const { cleanup } = deriveState(observed(parts));
  expect(cleanup.finishedRuns.map(({ jobName, outcome }) => `${jobName} ${outcome}`)).toEqual([
    'run-1 Failed',
    'run-2 Succeeded',
  ]);
  const events = eventsOf(parts.store.status, status(parts), cleanup.finishedRuns);
  expect(events.map(({ reason }) => reason)).toEqual(['LockTimeout', 'CleanedUp']);
  expect(deriveState(observed({ ...parts, store: asWritten(parts) })).cleanup.finishedRuns).toEqual([]);
});

describe('a run whose first pod left other figures than its last', () => {
  const first = terminatedPod('first', 1, JSON.stringify(cleanupResult({ deleted: 60, complete: false })));
  const runWith = (last: ReturnType<typeof cleanupJob>, pods: readonly Pod[] = [first, ...last.pods]) =>
    status({ ...healthy, cleanupJobs: [{ ...last, pods }] }).cleanup?.lastRun;

  test('keeps only what was deleted where the last one failed: the rest may be another by now', () => {
    const failed = cleanupJob('run', failureResult('StoreChanged', 'another table'), 1);
    const run = runWith(failed);
    expect(run).toMatchObject({ outcome: 'Failed', reason: 'StoreChanged', deleted: 60 });
    for (const figure of ['overdue', 'remaining', 'remainingIsEstimate', 'unreadable'])
      expect(run).not.toHaveProperty(figure);
  });

  test('adds up what each deleted, also the one that failed', () => {
    const untilFailure = { deleted: 60, overdue: 0, overdueAtLeast: true, complete: false } as const;
    const failure = { reason: 'ConnectionFailed' as const, message: 'reset' };
    const { remaining: _unknown, ...cleanup } = cleanupResult(untilFailure).cleanup ?? {};
    const message = JSON.stringify({ ...failureResult('ConnectionFailed', 'reset'), cleanup, failure });
    const failed = terminatedPod('first', 1, message);
    const done = cleanupJob('run', cleanupResult({ deleted: 40 }));
    expect(runWith(done, [failed, ...done.pods])).toMatchObject({ outcome: 'Succeeded', deleted: 100 });
    const never = cleanupJob('run', undefined, 1);
    const run = runWith(never, [failed]);
    expect(run).toMatchObject({ outcome: 'Failed', reason: 'ConnectionFailed', deleted: 60 });
    expect(run).not.toHaveProperty('overdue');
  });

  test('says so where they are lost', () => {
    const { job, ...rest } = cleanupJob('run', cleanupResult({ deleted: 40 }));
    const twice = { ...rest, job: { ...job, status: { ...job.status, failed: 1 } } };
    const sentence =
      'deleted 40 sessions, 1,000 remain; a pod before it left no figures and may have deleted more';
    for (const pods of [rest.pods, [terminatedPod('first', 137, undefined), ...rest.pods]])
      expect(runWith(twice, pods)?.message).toBe(sentence);
    expect(runWith(twice)?.message).toBe('deleted 100 sessions, 1,000 remain');
  });
});

test.each(['nonsense', '-3', '1e9', ''])(
  'a Job whose annotations say %s by now leaves a status that can be written',
  (text) => {
    const { job, ...rest } = finishedSetup(store, setupResult());
    const annotations = {
      ...job.metadata.annotations,
      'sessionstore.dev/attempt': text,
      'sessionstore.dev/generation': text,
    };
    const edited = { ...rest, job: { ...job, metadata: { ...job.metadata, annotations } } };
    const written = status({ ...healthy, setupJobs: [edited] });
    expect(statusSchema.safeParse(JSON.parse(JSON.stringify(written)))).toMatchObject({ success: true });
    expect(written.setup?.attempt).toBe(1);
  },
);

describe('the history of runs', () => {
  const ended = (n: number) =>
    cleanupJob(`run-${n}`, cleanupResult({ deleted: n }), 0, `2026-11-20T11:${20 + n}:00Z`);
  const deletedIn = (of: SessionStoreStatus) => of.cleanup?.history?.map(({ deleted }) => deleted);

  test('has the last ten with their figures, newest first, whatever Jobs are left', () => {
    let before = asWritten(healthy);
    for (let n = 1; n <= 12; n += 1) {
      // The CronJob's limits leave one Job; the operator may look at it several times.
      const parts = { ...healthy, cleanupJobs: [ended(n)] };
      before = asWritten({ ...parts, store: before });
      expect(asWritten({ ...parts, store: before }).status).toEqual(before.status);
    }
    expect(deletedIn(before.status ?? {})).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
    expect(before.status?.cleanup?.history?.[0]).toEqual({
      startedAt: '2026-11-20T11:17:00Z',
      finishedAt: '2026-11-20T11:32:00Z',
      outcome: 'Succeeded',
      deleted: 12,
      overdue: 0,
      remaining: 1000,
    });
    expect(statusSchema.parse(before.status)).toEqual(before.status);
  });

  test('counts each of several runs that ended while no operator was there', () => {
    const failed = cleanupJob('run-2', failureResult('LockTimeout', 'busy'), 1, '2026-11-20T11:22:00Z');
    const dry = cleanupJob('run-3', cleanupResult({ deleted: 0, dryRun: true }), 0, '2026-11-20T11:23:00Z');
    const store = asWritten({ ...healthy, cleanupJobs: [ended(1)] });
    const { cleanup } = status({ ...healthy, store, cleanupJobs: [dry, ended(1), failed] });
    expect(cleanup?.history).toMatchObject([
      { outcome: 'DryRun', deleted: 0, dryRun: true },
      { outcome: 'Failed', reason: 'LockTimeout' },
      { outcome: 'Succeeded', deleted: 1 },
    ]);
    expect(cleanup?.history?.[1]).not.toHaveProperty('deleted');
  });

  test('of an older version begins with the run that status has, once another has ended', () => {
    const written = asWritten({ ...healthy, cleanupJobs: [ended(1)] });
    const { history: _none, ...cleanup } = written.status?.cleanup ?? {};
    const old = { ...written, status: { ...written.status, cleanup } } as typeof written;
    expect(deletedIn(status({ ...healthy, store: old, cleanupJobs: [ended(1)] }))).toBeUndefined();
    expect(deletedIn(status({ ...healthy, store: old, cleanupJobs: [ended(1), ended(2)] }))).toEqual([2, 1]);
  });

  test('is less than 2 KB of status in its longest form', () => {
    const runs = Array.from({ length: 10 }, (_, n) =>
      cleanupJob(
        `run-${n}`,
        cleanupResult({ deleted: 1e9, overdue: 1e9, remaining: 1e9, dryRun: true, complete: false }),
        0,
        `2026-11-20T11:${20 + n}:00Z`,
      ),
    );
    const { history } = status({ ...healthy, cleanupJobs: runs }).cleanup ?? {};
    expect(history).toHaveLength(10);
    expect(JSON.stringify(history).length).toBeLessThan(2048);
  });
});

describe('the run that goes on', () => {
  const active = (name: string, startTime?: string, suspend = false) => {
    const { job } = newCleanup(store);
    return {
      job: {
        ...job,
        metadata: { ...job.metadata, name },
        spec: { ...job.spec, suspend },
        status: { active: 1, ...(startTime && { startTime }) },
      },
      pods: [],
      warnings: [],
    };
  };
  const activeIn = (...cleanupJobs: ReturnType<typeof active>[]) =>
    status({ ...healthy, cleanupJobs }).cleanup?.active;

  test('stands in status with the time of its start, and is gone with its end', () => {
    const running = { ...healthy, cleanupJobs: [active('run', '2026-11-20T11:50:00Z')] };
    expect(status(running).cleanup?.active).toEqual({ jobName: 'run', startedAt: '2026-11-20T11:50:00Z' });
    const over = { ...healthy, store: asWritten(running), cleanupJobs: [cleanupJob('run', cleanupResult())] };
    expect(status(over).cleanup).not.toHaveProperty('active');
  });

  test('is not one that waits, or that no controller has started', () => {
    expect(activeIn(active('run', '2026-11-20T11:50:00Z', true))).toBeUndefined();
    expect(activeIn(active('run'))).toBeUndefined();
  });

  test('is the one that has gone on for longest of several', () => {
    const [first, second] = [active('a', '2026-11-20T11:40:00Z'), active('b', '2026-11-20T11:50:00Z')];
    expect(activeIn(first, second)?.jobName).toBe('a');
  });

  test('is not a dry run that a person made beside the schedule', () => {
    const { job, ...rest } = active('trial', '2026-11-20T11:50:00Z');
    const annotations = { ...job.metadata.annotations, [dryRunAnnotation]: 'true' };
    const trial = { ...rest, job: { ...job, metadata: { ...job.metadata, annotations } } };
    expect(activeIn(trial)).toBeUndefined();
    expect(activeIn(trial, active('run', '2026-11-20T11:55:00Z'))?.jobName).toBe('run');
  });

  test('is taken out of status with its end, also where the operator cannot work with the store', () => {
    const before = asWritten({ ...healthy, cleanupJobs: [active('run', '2026-11-20T11:50:00Z')] });
    const problem = { reason: 'NoRunnerImage' as const, message: 'none' };
    const after = preflightStatusOf(observed({ ...healthy, store: before, cleanupJobs: [] }), problem);
    expect(before.status?.cleanup?.active?.jobName).toBe('run');
    expect(after.cleanup).not.toHaveProperty('active');
  });
});

test('where the operator cannot work with a store, a run that ends takes earlier failures out of status', () => {
  const failed = (name: string, ended: string) =>
    cleanupJob(name, failureResult('StoreMissing', 'there is no table'), 1, ended);
  const before = asWritten({ ...healthy, cleanupJobs: [failed('run-1', '2026-11-20T11:20:00Z')] });
  expect(before.status?.cleanup).toMatchObject({ failures: 1, missingSince: expect.any(String) });
  const ran = cleanupJob('run-2', cleanupResult(), 0, '2026-11-20T11:40:00Z');
  const problem = { reason: 'NoRunnerImage' as const, message: 'none' };
  const after = preflightStatusOf(observed({ ...healthy, store: before, cleanupJobs: [ran] }), problem);
  expect(after.cleanup).toMatchObject({ lastRun: { jobName: 'run-2', outcome: 'Succeeded' } });
  expect(after.cleanup).not.toHaveProperty('failures');
  expect(after.cleanup).not.toHaveProperty('missingSince');
  expect(after.cleanup?.schedule).toBe(before.status?.cleanup?.schedule);
});
