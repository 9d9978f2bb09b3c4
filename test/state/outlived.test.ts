import { describe, expect, test } from 'vitest';
import type { ContainerStatus, Pod } from '../../src/api/kubernetes.ts';
import type { RunnerResult } from '../../src/api/runner-result.ts';
import { actionsOf } from '../../src/desired/actions.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import { runOf } from '../../src/state/job-run.ts';
import type { Observed, ObservedJob } from '../../src/state/observed.ts';
import { statusOf } from '../../src/status/status-of.ts';
import {
  activeSetup,
  cleanupJob,
  cleanupResult,
  failureResult,
  finishedSetup,
  observed,
  postgresSpec,
  sessionStore,
  setupResult,
  terminatedPod,
} from '../builders.ts';

const running: ContainerStatus = { name: 'istio-proxy', state: { running: {} } };

/** A pod with an ended runner and another container. */
function beside(other: ContainerStatus, exitCode: number, result?: RunnerResult, phase = 'Running'): Pod {
  const made = terminatedPod('p', exitCode, result && JSON.stringify(result));
  const containerStatuses = [...(made.status?.containerStatuses ?? []), other];
  return { ...made, status: { ...made.status, phase, containerStatuses } };
}

/** A clean-up with a Job that never seems to end. */
function openCleanup(pod: Pod, startTime = '2026-11-20T11:00:00Z'): ObservedJob {
  const { job } = cleanupJob('web-cleanup-1', undefined);
  return { job: { ...job, status: { active: 1, startTime } }, pods: [pod], warnings: [] };
}

const report = { ...cleanupResult(), command: 'delete-old' as const };
const cleanedUp = openCleanup(beside(running, 0, report));

describe('a runner that ended beside a container that goes on', () => {
  test('has ended the run, at its own time', () =>
    expect(runOf(cleanedUp)).toMatchObject({
      state: 'succeeded',
      isOutlived: true,
      finishedAt: '2026-11-20T11:00:05Z',
      results: [report],
    }));

  test('has ended it no earlier than it began, by whatever clock', () => {
    const startTime = '2026-11-20T11:30:00Z';
    expect(runOf(openCleanup(beside(running, 0, report), startTime)).finishedAt).toBe(startTime);
  });

  test('beside one that never starts, likewise', () => {
    const pulling = { name: 'istio-proxy', state: { waiting: { reason: 'ImagePullBackOff' } } };
    expect(runOf(openCleanup(beside(pulling, 0, report))).state).toBe('succeeded');
  });

  test('for good fails by its own reason', () => {
    const refused = failureResult('PermissionDenied', 'no right');
    expect(runOf(openCleanup(beside(running, 77, refused)))).toMatchObject({
      state: 'failed',
      problem: refused.failure,
    });
  });

  test('by what may pass says that this run is not tried again, and which container is why', () => {
    const busy = failureResult('LockTimeout', 'another session holds the table');
    expect(runOf(openCleanup(beside(running, 1, busy)))).toMatchObject({
      state: 'failed',
      problem: {
        reason: 'LockTimeout',
        message:
          'another session holds the table; not retried in this run, because its pod still runs: istio-proxy',
      },
    });
  });

  test('without a result fails by its exit code', () =>
    expect(runOf(openCleanup(beside(running, 137))).problem?.reason).toBe('Killed'));
});

describe('a pod’s own end counts', () => {
  const isActive = (pod: Pod) => expect(runOf(openCleanup(pod)).state).toBe('active');

  test('where the other container has ended well', () =>
    isActive(beside({ name: 'x', state: { terminated: { exitCode: 0 } } }, 0, report)));

  test('where the pod is on its way out, as the Job tries again', () => {
    const pod = beside(running, 1, failureResult('Interrupted', 'told to stop'));
    isActive({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-11-20T11:00:04Z' } });
    isActive({
      ...pod,
      status: { ...pod.status, conditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    });
  });

  test('where the runner goes on', () => {
    const other = { name: 'istio-proxy', state: { terminated: { exitCode: 0 } } };
    const runner = { name: 'runner', state: { running: {} } };
    const pod = beside(other, 0);
    isActive({ ...pod, status: { phase: 'Running', containerStatuses: [runner, other] } });
  });
});

describe('a Job that failed though its runner had succeeded', () => {
  test.each(['DeadlineExceeded', 'BackoffLimitExceeded'])('by %s is a run that succeeded', (reason) => {
    const failed = { type: 'Failed', status: 'True' as const, reason, message: 'failed' };
    const { job, ...rest } = openCleanup(beside(running, 0, report, 'Failed'));
    const status = { ...job.status, conditions: [failed] };
    expect(runOf({ ...rest, job: { ...job, status } })).toMatchObject({
      state: 'succeeded',
      isOutlived: false,
    });
  });

  test('does not wait for that: a sidecar that fails spoils no run', () => {
    const crashed = { name: 'linkerd-proxy', state: { terminated: { exitCode: 1 } } };
    expect(runOf(openCleanup(beside(crashed, 0, report, 'Failed')))).toMatchObject({
      state: 'succeeded',
      isOutlived: true,
    });
    expect(runOf(openCleanup(beside(crashed, 1, undefined, 'Failed'))).state).toBe('active');
  });
});

describe('a container that admission put before the runner', () => {
  const initializing = (state: ContainerStatus['state'], phase = 'Pending'): Pod => ({
    ...terminatedPod('p', 0, undefined),
    status: {
      phase,
      containerStatuses: [{ name: 'runner', state: { waiting: { reason: 'PodInitializing' } } }],
      initContainerStatuses: [{ name: 'mesh', ...(state && { state }) }],
    },
  });
  const problemOf = (pod: Pod) => runOf(openCleanup(pod)).problem;

  test.each([
    ['ErrImagePull', 'ImagePullFailed'],
    ['CrashLoopBackOff', 'PodNotStarting'],
    ['CreateContainerConfigError', 'PodNotStarting'],
  ])('is named as the problem if it waits for %s', (reason, expected) =>
    expect(problemOf(initializing({ waiting: { reason, message: 'so it is' } }))).toEqual({
      reason: expected,
      message: `container mesh, which another component added before the runner: ${reason}: so it is`,
    }),
  );

  test('is no problem while it runs', () => expect(problemOf(initializing({ running: {} }))).toBeUndefined());

  test('is named as the problem if it failed', () =>
    expect(problemOf(initializing({ terminated: { exitCode: 2, reason: 'Error' } }, 'Failed'))).toMatchObject(
      {
        reason: 'PodNotStarting',
        message: expect.stringMatching(/^container mesh, .* ended with exit code 2 \(Error\)/),
      },
    ));
});

const kinds = (parts: Partial<Observed>) => actionsOf(deriveState(observed(parts))).map(({ kind }) => kind);
const statusFor = (parts: Partial<Observed>) => statusOf(deriveState(observed(parts)));

describe('the Job of such a run', () => {
  const store = sessionStore();
  const done = { setupJobs: [finishedSetup(store, setupResult())] };
  const scheduled = { ...done, store: sessionStore(store.spec, { status: statusFor({ store, ...done }) }) };
  const withCleanup = { ...scheduled, cleanupJobs: [cleanedUp] };
  const recorded = { ...withCleanup, store: sessionStore(store.spec, { status: statusFor(withCleanup) }) };

  test('of a clean-up goes once its figures stand in status', () => {
    expect(recorded.store.status?.cleanup?.lastRun).toMatchObject({ outcome: 'Succeeded', deleted: 9000 });
    expect(kinds(withCleanup)).not.toContain('deleteJob');
    expect(kinds(recorded)).toContain('deleteJob');
  });

  test('is not counted again, whatever becomes of it', () => {
    const later = '2026-11-20T11:59:00Z';
    const { job, ...rest } = cleanedUp;
    const complete = { type: 'Complete', status: 'True' as const, lastTransitionTime: later };
    const status = { ...job.status, completionTime: later, conditions: [complete] };
    const ended = { ...rest, job: { ...job, status } };
    for (const cleanupJobs of [[cleanedUp], [ended], []])
      expect(statusFor({ ...recorded, cleanupJobs })).toEqual(recorded.store.status);
  });

  test('that another of the same name follows is: its time says so', () => {
    const again = openCleanup(beside(running, 0, report), '2026-11-20T11:45:00Z');
    const { lastRun } = statusFor({ ...recorded, cleanupJobs: [again] }).cleanup ?? {};
    expect(lastRun?.finishedAt).toBe('2026-11-20T11:45:00Z');
  });

  test('of a set-up goes once its result stands in status, and none follows', () => {
    const fresh = sessionStore(postgresSpec);
    const setupJobs = [activeSetup(fresh, [beside(running, 0, setupResult())])];
    const status = statusFor({ store: fresh, setupJobs });
    expect(status.setup).toMatchObject({ outcome: 'Created', jobUid: 'setup-1-uid' });
    expect(kinds({ store: fresh, setupJobs })).toEqual(['createCronJob']);
    const known = sessionStore(postgresSpec, { status });
    expect(kinds({ store: known, setupJobs })).toContain('deleteJob');
    expect(kinds({ store: known, setupJobs })).not.toContain('expireJob');
    expect(kinds({ store: known })).toEqual(['createCronJob']);
  });

  test('of a set-up that failed is followed by another, later', () => {
    const fresh = sessionStore(postgresSpec);
    const refused = failureResult('ConnectionFailed', 'refused');
    const setupJobs = [activeSetup(fresh, [beside(running, 1, refused)])];
    const status = statusFor({ store: fresh, setupJobs });
    expect(status.setup).toMatchObject({ outcome: 'Failed', reason: 'ConnectionFailed', failures: 1 });
    const known = sessionStore(postgresSpec, { status });
    const now = new Date('2026-11-20T11:00:35Z');
    expect(kinds({ store: known, setupJobs, now })).toEqual(['deleteJob']);
    expect(kinds({ store: known, now: new Date('2026-11-20T11:01:06Z') })).toEqual(['createJob']);
  });
});
