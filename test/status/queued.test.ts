import { describe, expect, test } from 'vitest';
import { deriveState } from '../../src/state/derive-state.ts';
import type { Observed } from '../../src/state/observed.ts';
import { statusOf } from '../../src/status/status-of.ts';
import {
  activeSetup,
  cleanupJob,
  cleanupResult,
  cronJob,
  failureResult,
  finishedSetup,
  newCleanup,
  observed,
  sessionStore,
  setupResult,
  withSuspend,
} from '../builders.ts';

const conditionsOf = (parts: Partial<Observed>) =>
  Object.fromEntries(
    (statusOf(deriveState(observed(parts))).conditions ?? []).map(({ type, status, reason, message }) => [
      type,
      { is: `${status} ${reason}`, message },
    ]),
  );

const store = sessionStore();
const provisioned = { setupJobs: [finishedSetup(store, setupResult())], cronJob: cronJob() };
const status = statusOf(deriveState(observed({ store, ...provisioned })));
const scheduled = { ...provisioned, store: sessionStore(store.spec, { status }) };
const queued = withSuspend(newCleanup(store), true, 'somebody');

describe('a run that waits in somebody’s queue', () => {
  test('is shown as that, by the name of its Job, and leaves Ready as it is', () => {
    const { CleanedUp, Ready } = conditionsOf({ ...scheduled, cleanupJobs: [queued] });
    expect(CleanedUp?.is).toBe('Unknown Queued');
    expect(CleanedUp?.message).toMatch(/^Job web-cleanup-1 waits: another client suspended it/);
    expect(Ready?.is).toBe('True Ready');
  });

  test('does not hide that the run before it failed', () => {
    const failed = cleanupJob('web-cleanup-0', failureResult('PermissionDenied', 'no right'), 77);
    const { CleanedUp, Ready } = conditionsOf({ ...scheduled, cleanupJobs: [failed, queued] });
    expect([CleanedUp?.is, Ready?.is]).toEqual(['False PermissionDenied', 'False PermissionDenied']);
  });

  test('takes Ready away after three periods, by its own name', () => {
    const done = cleanupJob('web-cleanup-0', cleanupResult(), 0, '2026-11-20T11:17:09Z');
    const at = (time: string) =>
      conditionsOf({ ...scheduled, cleanupJobs: [done, queued], now: new Date(time) });
    expect(at('2026-11-20T14:16:00Z')['Ready']?.is).toBe('True Ready');
    const { CleanedUp, Ready } = at('2026-11-20T15:16:00Z');
    expect([CleanedUp?.is, Ready?.is]).toEqual(['False Queued', 'False Queued']);
  });

  test('is one that the operator did not suspend itself', () => {
    const held = { ...scheduled, cleanupJobs: [withSuspend(newCleanup(store), true)] };
    expect(conditionsOf(held)['CleanedUp']?.is).toBe('Unknown AwaitingFirstRun');
  });
});

describe('a set-up that waits in somebody’s queue', () => {
  const waiting = withSuspend(activeSetup(store, [], 2), true, 'somebody');

  test('is Reconciling and says so', () => {
    const { Ready, Reconciling } = conditionsOf({ store, setupJobs: [waiting] });
    expect([Ready?.is, Reconciling?.is]).toEqual(['Unknown Queued', 'True Queued']);
    expect(Ready?.message).toContain(waiting.job.metadata.name);
  });

  test('to verify a store leaves it Ready', () => {
    const { Ready, Reconciling } = conditionsOf({
      ...scheduled,
      setupJobs: [...scheduled.setupJobs, waiting],
    });
    expect([Ready?.is, Reconciling?.is]).toEqual(['True Ready', 'True Queued']);
  });
});
