import { describe, expect, test } from 'vitest';
import type { Job, KubeEvent, Pod } from '../../src/api/kubernetes.ts';
import { permanentExitCodes } from '../../src/api/reasons.ts';
import { runOf } from '../../src/state/job-run.ts';
import type { ObservedJob } from '../../src/state/observed.ts';
import {
  activeSetup,
  cleanupJob,
  cleanupResult,
  failedCreate,
  failureResult,
  pod,
  sessionStore,
  setupResult,
  terminatedPod,
  waitingPod,
} from '../builders.ts';

const active = (pods: readonly Pod[], warnings: readonly KubeEvent[] = []) =>
  activeSetup(sessionStore(), pods, 1, warnings);

function failed(pods: readonly Pod[], reason = 'BackoffLimitExceeded', message?: string): ObservedJob {
  const observed = active(pods);
  const lastTransitionTime = '2026-11-20T11:00:06Z';
  const condition = { type: 'Failed', status: 'True' as const, reason, lastTransitionTime };
  const status: Job['status'] = { failed: 1, conditions: [{ ...condition, ...(message && { message }) }] };
  return { ...observed, job: { ...observed.job, status } };
}

/** As the kubelet shows a pod that is made later than `pod`'s. */
const later = (made: Pod): Pod => ({
  ...made,
  metadata: { ...made.metadata, creationTimestamp: '2026-11-20T11:30:00Z' },
});

const problemOf = (observed: ObservedJob) => runOf(observed).problem;
const ended = (exitCode: number, message?: string, reason?: string) =>
  failed([terminatedPod('p', exitCode, message, reason)]);

describe('a run that failed', () => {
  test('says what its runner said', () => {
    const result = failureResult('AuthenticationFailed', 'the password was refused');
    expect(problemOf(ended(76, JSON.stringify(result)))).toEqual(result.failure);
  });

  test.each(Object.entries(permanentExitCodes))(
    'with no message is %s by its exit code %i',
    (reason, code) => {
      expect(problemOf(ended(code))?.reason).toBe(reason);
    },
  );

  test.each([
    [137, 'OOMKilled'],
    [1, 'OOMKilled'],
  ])('with exit code %i and reason %s ran out of memory', (code, reason) => {
    expect(problemOf(ended(code, undefined, reason))).toMatchObject({
      reason: 'OutOfMemory',
      message: expect.stringContaining('pod.resources.limits.memory'),
    });
  });

  test('with any other exit code and no message has lost its result', () => {
    expect(problemOf(ended(1))).toMatchObject({
      reason: 'ResultMissing',
      message: expect.stringContaining('exit code 1'),
    });
  });

  test('at its deadline says so, where its pod is gone', () => {
    const message = 'Job was active longer than specified deadline';
    expect(problemOf(failed([], 'DeadlineExceeded', message))).toEqual({
      reason: 'DeadlineExceeded',
      message,
    });
  });

  test('at its deadline says so, and what its pod before the last one said', () => {
    const message = 'Job was active longer than specified deadline';
    const first = terminatedPod('a', 1, JSON.stringify(failureResult('LockTimeout', 'busy')));
    const told = later(terminatedPod('b', 1, JSON.stringify(failureResult('Interrupted', 'told to stop'))));
    const killed = later(terminatedPod('b', 137, undefined));
    for (const pods of [[first], [first, told], [first, killed], [first, later(pod('b'))]])
      expect(problemOf(failed(pods, 'DeadlineExceeded', message))).toEqual({
        reason: 'DeadlineExceeded',
        message: `${message}; the last message of its pods: LockTimeout: busy`,
      });
    for (const pods of [[told], [killed]])
      expect(problemOf(failed(pods, 'DeadlineExceeded', message))).toEqual({
        reason: 'DeadlineExceeded',
        message,
      });
  });

  test('at its deadline says rather what it was waiting for', () => {
    const pulling = waitingPod('p', 'ImagePullBackOff', 'no such image');
    expect(problemOf(failed([pulling], 'DeadlineExceeded'))?.reason).toBe('ImagePullFailed');
  });

  test('with a deleted pod has lost its result', () => {
    expect(problemOf(failed([]))?.reason).toBe('ResultMissing');
  });

  test('with a deleted pod keeps the reason of its exit code, if the Job reports it', () => {
    const message =
      'Container runner for pod shop/web failed with exit code 76 matching FailJob rule at index 0';
    expect(problemOf(failed([], 'PodFailurePolicy', message))).toMatchObject({
      reason: 'AuthenticationFailed',
      message: expect.stringContaining('its result was lost'),
    });
  });

  test('says what its newest pod said', () => {
    const older = terminatedPod('a', 1, JSON.stringify(failureResult('LockTimeout', 'busy')));
    const newer = later(terminatedPod('b', 1, JSON.stringify(failureResult('ReadOnly', 'a standby'))));
    expect(problemOf(failed([newer, older]))?.reason).toBe('ReadOnly');
  });
});

describe('a run that waits', () => {
  test.each([
    'ImagePullBackOff',
    'ErrImagePull',
    'InvalidImageName',
    'ErrImageNeverPull',
    'ImageInspectError',
  ])('for its image (%s) says so', (reason) => {
    const waits = active([waitingPod('p', reason, 'not found')]);
    expect(problemOf(waits)).toEqual({ reason: 'ImagePullFailed', message: `${reason}: not found` });
    expect(runOf(waits).state).toBe('active');
  });

  test('for a node says what the scheduler said', () => {
    const message = '0/3 nodes are available: persistentvolumeclaim "wiki" not found';
    const unscheduled = pod('p', {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
    });
    expect(problemOf(active([unscheduled]))).toEqual({ reason: 'PodUnschedulable', message });
  });

  test('for its container says what is wrong with it', () => {
    const refused = waitingPod('p', 'CreateContainerConfigError', 'container has runAsNonRoot');
    expect(problemOf(active([refused]))).toEqual({
      reason: 'PodNotStarting',
      message: 'CreateContainerConfigError: container has runAsNonRoot',
    });
  });

  const mounting = waitingPod('p', 'ContainerCreating');
  const failedMount = (uid: string): KubeEvent => ({
    ...failedCreate(active([]), 'MountVolume.SetUp failed for volume "store"'),
    involvedObject: { kind: 'Pod', uid },
    reason: 'FailedMount',
  });

  test('for a volume says what the kubelet warned of', () => {
    expect(problemOf(active([mounting], [failedMount('p-uid')]))).toEqual({
      reason: 'PodNotStarting',
      message: 'MountVolume.SetUp failed for volume "store"',
    });
  });

  test('for a volume says the newest warning: the one before may have passed', () => {
    const attaching: KubeEvent = {
      ...failedMount('p-uid'),
      reason: 'FailedAttachVolume',
      message: 'Multi-Attach error for volume "store"',
      lastTimestamp: '2026-11-21T10:00:00Z',
    };
    const mount: KubeEvent = { ...failedMount('p-uid'), lastTimestamp: '2026-11-21T10:05:00Z' };
    for (const warnings of [
      [attaching, mount],
      [mount, attaching],
    ])
      expect(problemOf(active([mounting], warnings))?.message).toBe(mount.message);
  });

  test('that waits without a warning has no problem', () => {
    expect(problemOf(active([mounting]))).toBeUndefined();
    expect(problemOf(active([mounting], [failedMount('another-uid')]))).toBeUndefined();
    expect(problemOf(active([]))).toBeUndefined();
  });

  test('for a pod that the API server refuses says why', () => {
    const refused = failedCreate(active([]), 'exceeded quota: pods=0');
    expect(problemOf(active([], [refused]))).toEqual({
      reason: 'PodRefused',
      message: 'exceeded quota: pods=0',
    });
    expect(problemOf(active([pod('p')], [refused]))).toBeUndefined();
  });

  test('for its second pod keeps the problem of the first', () => {
    const first = terminatedPod('a', 1, JSON.stringify(failureResult('ConnectionFailed', 'refused')));
    expect(problemOf(active([first, later(pod('b', { phase: 'Pending' }))]))?.reason).toBe(
      'ConnectionFailed',
    );
  });
});

describe('the report of a pod', () => {
  const message = (result: object) => terminatedPod('p', 0, JSON.stringify(result), 'Completed');
  const resultsOf = (...pods: Pod[]) => runOf(active(pods)).results;

  test('is read oldest first', () => {
    const [first, second] = [cleanupResult({ deleted: 1 }), cleanupResult({ deleted: 2 })];
    expect(resultsOf(later(message(second)), message(first))).toEqual([first, second]);
  });

  test.each<[string, string]>([
    ['is more than a termination message holds', JSON.stringify(setupResult()).padEnd(5000)],
    ['is not JSON', 'Traceback (most recent call last):'],
    ['has another shape', JSON.stringify({ ...setupResult(), setup: { outcome: 'Owned' } })],
    [
      'names a reason that is not the runner’s',
      JSON.stringify({ failure: { reason: 'Ready', message: '' } }),
    ],
    ['holds a novel', JSON.stringify(failureResult('InternalError', 'x'.repeat(2000)))],
  ])('is not believed where it %s, and the exit code speaks', (_what, text) => {
    const observed = ended(77, text);
    expect(runOf(observed).results).toEqual([]);
    expect(problemOf(observed)?.reason).toBe('PermissionDenied');
  });

  test('counts only in the runner’s own container', () => {
    const state = { terminated: { exitCode: 0, message: JSON.stringify(setupResult()) } };
    expect(resultsOf(pod('p', { containerStatuses: [{ name: 'sidecar', state }] }))).toEqual([]);
  });
});

describe('a run', () => {
  test('that is about to end has not ended', () => {
    const observed = active([terminatedPod('p', 0, JSON.stringify(setupResult()))]);
    const conditions = [{ type: 'SuccessCriteriaMet', status: 'True' as const }];
    const job = { ...observed.job, status: { conditions } };
    expect(runOf({ ...observed, job }).state).toBe('active');
  });

  test('that is being ended for its deadline says so before it has ended', () => {
    const observed = active([terminatedPod('p', 137, undefined)]);
    const conditions = [{ type: 'FailureTarget', status: 'True' as const, reason: 'DeadlineExceeded' }];
    const ending = { ...observed, job: { ...observed.job, status: { conditions } } };
    expect(runOf(ending)).toMatchObject({ state: 'active', problem: { reason: 'DeadlineExceeded' } });
  });

  const running = pod('p');

  test('that ended before its pod is seen to goes on: the result is on its way', () => {
    const complete = cleanupJob('run', undefined);
    expect(runOf({ ...complete, pods: [running] }).state).toBe('active');
    expect(runOf(failed([running])).state).toBe('active');
    expect(runOf(failed([waitingPod('p', 'ContainerCreating')])).state).toBe('active');
  });

  test('that ended waits for no pod that is being deleted, or was', () => {
    const metadata = { ...running.metadata, deletionTimestamp: '2026-11-20T11:00:00Z' };
    expect(runOf(failed([{ ...running, metadata }])).state).toBe('failed');
    expect(runOf(failed([])).state).toBe('failed');
    expect(runOf({ ...cleanupJob('run', undefined), pods: [] }).state).toBe('succeeded');
  });

  test('that ended knows when it began and ended', () => {
    expect(runOf(cleanupJob('run', cleanupResult()))).toMatchObject({
      state: 'succeeded',
      startedAt: '2026-11-20T11:17:00Z',
      finishedAt: '2026-11-20T11:17:09Z',
    });
  });

  test('runs while its container does', () => {
    const state = { running: { startedAt: '2026-11-20T11:00:00Z' } };
    expect(runOf(active([pod('p', { containerStatuses: [{ name: 'runner', state }] })])).running).toBe(true);
    expect(runOf(active([pod('p')])).running).toBe(false);
  });
});
