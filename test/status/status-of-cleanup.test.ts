import { describe, expect, test } from 'vitest';
import {
  cleanupJob,
  cleanupResult,
  cronJob,
  failureResult,
  finishedSetup,
  postgresSpec,
  sessionStore,
  setupResult,
  terminatedPod,
} from '../builders.ts';
import { asWritten, conditionsOf, healthy, status, store } from './status-fixture.ts';

describe('clean-up', () => {
  test('reports the run’s own figures', () => {
    const result = status({ ...healthy, cleanupJobs: [cleanupJob('web-cleanup-1', cleanupResult())] });
    expect(result.cleanup?.lastRun).toEqual({
      jobName: 'web-cleanup-1',
      startedAt: '2026-11-20T11:17:00Z',
      finishedAt: '2026-11-20T11:17:09Z',
      outcome: 'Succeeded',
      deleted: 9000,
      overdue: 0,
      remaining: 1000,
      message: 'deleted 9,000 sessions, 1,000 remain',
    });
  });

  test('adds up what the pods of one run deleted', () => {
    const job = cleanupJob('web-cleanup-1', cleanupResult({ deleted: 40 }));
    const first = terminatedPod('first', 1, JSON.stringify(cleanupResult({ deleted: 60, complete: false })));
    const result = status({ ...healthy, cleanupJobs: [{ ...job, pods: [first, ...job.pods] }] });
    expect(result.cleanup?.lastRun?.deleted).toBe(100);
  });

  test('shows the zone that naive times were read in, and keeps showing it', () => {
    const timeZone = { name: 'Europe/Berlin', source: 'Connection' as const };
    const run = cleanupJob('web-cleanup-1', cleanupResult({ timeZone }));
    const zone = { value: 'Europe/Berlin', source: 'Connection' };
    const first = status({ ...healthy, cleanupJobs: [run] });
    expect(first.effective?.['layoutOptions.timeZone']).toEqual(zone);
    const later = status({ cronJob: cronJob(), store: sessionStore(postgresSpec, { status: first }) });
    expect(later.effective?.['layoutOptions.timeZone']).toEqual(zone);
    const said = { ...postgresSpec, layoutOptions: { timeZone: 'UTC' } };
    const spec = status({ cronJob: cronJob(), store: sessionStore(said, { status: first }) });
    expect(spec.effective?.['layoutOptions.timeZone']).toEqual({ value: 'UTC', source: 'Spec' });
  });

  test('one failed run leaves Ready as it is', () => {
    const failed = cleanupJob('web-cleanup-1', failureResult('ConnectionFailed', 'refused'), 1);
    expect(conditionsOf(status({ ...healthy, cleanupJobs: [failed] }))).toMatchObject({
      Ready: 'True Ready',
      CleanedUp: 'False ConnectionFailed',
    });
  });

  test('a run that only a person can mend takes Ready away', () => {
    const failed = cleanupJob('web-cleanup-1', failureResult('PermissionDenied', 'grant DELETE'), 77);
    expect(conditionsOf(status({ ...healthy, cleanupJobs: [failed] }))).toMatchObject({
      Ready: 'False PermissionDenied',
      Stalled: 'True PermissionDenied',
    });
  });

  test.each([
    ['was gone', 'StoreMissing', 66],
    ['had another shape', 'ShapeMismatch', 65],
    ['had another password', 'AuthenticationFailed', 65],
  ] as const)(
    'a store that %s is Ready once set-up has fixed it, not an hour later',
    (_how, reason, code) => {
      const failed = cleanupJob('web-cleanup-1', failureResult(reason, 'not as it should be'), code);
      const missing = { ...healthy, cleanupJobs: [failed] };
      expect(conditionsOf(status(missing))).toMatchObject({ Ready: `False ${reason}` });
      const again = finishedSetup(store, setupResult(), 0, 2);
      const completionTime = '2026-11-20T11:18:00Z';
      const made = { ...again, job: { ...again.job, status: { ...again.job.status, completionTime } } };
      const after = { ...missing, store: asWritten(missing), setupJobs: [...healthy.setupJobs, made] };
      expect(conditionsOf(status(after))).toMatchObject({
        Ready: 'True Ready',
        CleanedUp: 'Unknown AwaitingFirstRun',
      });
    },
  );

  test('three periods without a run take Ready away', () => {
    const late = { ...healthy, store: asWritten(healthy), now: new Date('2026-11-20T15:20:00Z') };
    expect(conditionsOf(status({ ...late, now: new Date('2026-11-20T14:00:00Z') }))['Ready']).toBe(
      'True Ready',
    );
    expect(conditionsOf(status(late))).toMatchObject({
      Ready: 'False RunsMissed',
      CleanedUp: 'False RunsMissed',
    });
  });

  test('suspend shows and is no fault', () => {
    const suspended = sessionStore({ ...postgresSpec, suspend: true }, { status: status(healthy) });
    expect(conditionsOf(status({ store: suspended, cronJob: cronJob({ suspend: true }) }))).toMatchObject({
      Ready: 'True Ready',
      CleanupScheduled: 'False Suspended',
      Suspended: 'True Suspended',
    });
  });
});
