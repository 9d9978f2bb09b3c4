import { describe, expect, test } from 'vitest';
import type { KubeEvent } from '../../src/api/kubernetes.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import type { Observed } from '../../src/state/observed.ts';
import { eventsOf } from '../../src/status/events-of.ts';
import { statusOf } from '../../src/status/status-of.ts';
import {
  cleanupJob,
  cleanupResult,
  cronJob,
  failedCreate,
  failureResult,
  finishedSetup,
  newCleanup,
  observed,
  postgresSpec,
  sessionStore,
  setupResult,
} from '../builders.ts';

const store = sessionStore();
const sentence = 'Error creating job: jobs.batch "web-cleanup-29" is forbidden: exceeded quota: small';

const event = (lastTimestamp: string): KubeEvent => ({
  ...failedCreate(newCleanup(store), sentence),
  involvedObject: { kind: 'CronJob', uid: 'cron-uid' },
  lastTimestamp,
});

/** The status at a time, of a store that was Ready at 12:00 after a run that ended as told. */
function statusAt(time: string, parts: Partial<Observed>, result = cleanupResult(), exitCode = 0) {
  const setupJobs = [finishedSetup(store, setupResult())];
  const cleanupJobs = [cleanupJob('run', result, exitCode)];
  const before = statusOf(deriveState(observed({ store, setupJobs, cleanupJobs, cronJob: cronJob() })));
  const now = new Date(`2026-11-20T${time}Z`);
  const current = parts.store ?? sessionStore(postgresSpec, { status: before });
  const after = statusOf(deriveState(observed({ cronJob: cronJob(), now, ...parts, store: current })));
  const conditionOf = (type: string) => after.conditions?.find((condition) => condition.type === type);
  const wordsOf = (type: string) => `${conditionOf(type)?.status} ${conditionOf(type)?.reason}`;
  return { before, after, wordsOf, messageOf: (type: string) => conditionOf(type)?.message };
}

describe('a CronJob whose Job is refused', () => {
  const refused = { cronJobWarnings: [event('2026-11-20T12:17:30Z')] };

  test('says so in the API server’s words, with one Warning, long before three runs are missed', () => {
    const { before, after, wordsOf, messageOf } = statusAt('12:18:00', refused);
    expect(wordsOf('CleanedUp')).toBe('False JobRefused');
    expect(messageOf('CleanedUp')).toBe(sentence);
    expect(wordsOf('Ready')).toBe('True Ready');
    const warning = { type: 'Warning', reason: 'JobRefused', action: 'CleanUp', note: sentence };
    expect(eventsOf(before, after)).toEqual([warning]);
    expect(eventsOf(after, after)).toEqual([]);
  });

  test('says so once they are missed, too', () => {
    const { wordsOf, messageOf } = statusAt('14:50:00', refused);
    expect(wordsOf('Ready')).toBe('False RunsMissed');
    expect(messageOf('Ready')).toBe(
      `three scheduled periods in a row have passed without a run: ${sentence}`,
    );
  });

  test.each([
    ['before the last run', { cronJobWarnings: [event('2026-11-20T11:17:00Z')] }],
    ['before clean-up was scheduled', { cronJobWarnings: [event('2026-11-20T11:59:00Z')] }],
    ['of another kind', { cronJobWarnings: [{ ...event('2026-11-20T12:17:30Z'), reason: 'MissSchedule' }] }],
  ])('is no news where that was %s', (_when, parts) => {
    expect(statusAt('12:18:00', parts).wordsOf('CleanedUp')).toBe('True CleanedUp');
  });

  test('is no news once a Job was made since', () => {
    const { job, ...rest } = newCleanup(store);
    // Times are in whole seconds.
    const metadata = { ...job.metadata, creationTimestamp: '2026-11-20T12:17:30Z' };
    const made = { ...refused, cleanupJobs: [{ ...rest, job: { ...job, metadata } }] };
    expect(statusAt('12:18:10', made).wordsOf('CleanedUp')).toBe('True CleanedUp');
  });
});

describe('three missed runs', () => {
  test('take Ready away after a failed run, too, which by itself may pass', () => {
    const failed = failureResult('LockTimeout', 'busy');
    expect(statusAt('12:18:00', {}, failed, 1).wordsOf('CleanedUp')).toBe('False LockTimeout');
    expect(statusAt('14:50:00', {}, failed, 1).wordsOf('Ready')).toBe('False RunsMissed');
  });

  test('do not hide failures that only a user can fix', () => {
    const failed = failureResult('PermissionDenied', 'grant DELETE');
    expect(statusAt('14:50:00', {}, failed, 77).wordsOf('Ready')).toBe('False PermissionDenied');
  });
});
