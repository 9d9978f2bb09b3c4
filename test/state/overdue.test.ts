import { describe, expect, test } from 'vitest';
import type { Pod } from '../../src/api/kubernetes.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import type { Observed, ObservedJob } from '../../src/state/observed.ts';
import { requeueAt, statusOf } from '../../src/status/status-of.ts';
import {
  activeSetup,
  cronJob,
  finishedSetup,
  newCleanup,
  observed,
  pod,
  postgresSpec,
  sessionStore,
  setupResult,
} from '../builders.ts';

const store = sessionStore();
const healthy = { store, setupJobs: [finishedSetup(store, setupResult())], cronJob: cronJob() };
const recorded = sessionStore(postgresSpec, { status: statusOf(deriveState(observed(healthy))) });

/** The time of a run that began at 12:17 and has an hour. */
const at = (time: string) => new Date(`2026-11-20T${time}Z`);

function started({ job, ...rest }: ObservedJob, pods: readonly Pod[]): ObservedJob {
  return { ...rest, pods, job: { ...job, status: { active: 1, startTime: '2026-11-20T12:17:00Z' } } };
}

const onNode = (name: string, deletionTimestamp?: string): Pod => {
  const made = pod(name);
  return {
    ...made,
    metadata: { ...made.metadata, ...(deletionTimestamp && { deletionTimestamp }) },
    spec: { nodeName: 'node-7' },
  };
};
const terminating = onNode('web-cleanup-1-abcde', '2026-11-20T13:17:30Z');

const conditionsAt = (time: string, parts: Partial<Observed>) => {
  const { conditions } = statusOf(
    deriveState(observed({ store: recorded, cronJob: cronJob(), now: at(time), ...parts })),
  );
  const found = (type: string) => conditions?.find((condition) => condition.type === type);
  return {
    of: (type: string) => found(type) && `${found(type)?.status} ${found(type)?.reason}`,
    message: (type: string) => found(type)?.message,
  };
};

describe('a clean-up that does not end', () => {
  const stuck = { cleanupJobs: [started(newCleanup(store), [terminating])] };

  test('is said to, by the names of Job, pod and node, once its deadline and a grace are over', () => {
    expect(conditionsAt('13:21:00', stuck).of('CleanedUp')).toBe('Unknown AwaitingFirstRun');
    const late = conditionsAt('13:22:30', stuck);
    expect(late.of('CleanedUp')).toBe('False JobNotEnding');
    expect(late.message('CleanedUp')).toBe(
      'Expected Job web-cleanup-1 to have ended by 2026-11-20T13:17:00Z, and no other runs until it has; its pod ' +
        'web-cleanup-1-abcde on node node-7 should have been gone by 2026-11-20T13:17:30Z: if that node is dead, delete the node, or ' +
        'kubectl delete pod web-cleanup-1-abcde -n shop --force',
    );
    expect(late.of('Ready')).toBe('True Ready');
  });

  test('is looked at when it is due to have ended, though nothing happens', () => {
    const look = requeueAt(
      deriveState(observed({ store: recorded, cronJob: cronJob(), now: at('13:00:00'), ...stuck })),
    );
    expect(look).toEqual(at('13:22:00'));
  });

  test('is a missed run: three periods take Ready away, and the sentence stays', () => {
    expect(conditionsAt('14:40:00', stuck).of('Ready')).toBe('True Ready');
    const missed = conditionsAt('14:50:00', stuck);
    expect(missed.of('Ready')).toBe('False RunsMissed');
    expect(missed.message('Ready')).toMatch(
      /^three scheduled periods .*: Expected Job web-cleanup-1 to have ended/,
    );
  });

  test('is found beside a later one that somebody started by hand', () => {
    const { job, ...rest } = newCleanup(store);
    const byHand = {
      ...rest,
      job: { ...job, metadata: { ...job.metadata, name: 'by-hand', uid: 'by-hand' } },
    };
    const both = { cleanupJobs: [...stuck.cleanupJobs, byHand] };
    expect(conditionsAt('13:30:00', both).of('CleanedUp')).toBe('False JobNotEnding');
  });

  test.each([
    ['no pod', [], /it has no pod$/],
    ['a pod that was not told to stop', [onNode('p')], /its pod p is still there on node node-7$/],
  ])('with %s says so', (_what, pods, sentence) => {
    const late = { cleanupJobs: [started(newCleanup(store), pods)] };
    expect(conditionsAt('13:30:00', late).message('CleanedUp')).toMatch(sentence);
  });

  test('because its pod hangs on a dead node is reported before its deadline', () => {
    const early = { cleanupJobs: [started(newCleanup(store), [onNode('p', '2026-11-20T12:20:00Z')])] };
    expect(conditionsAt('12:24:00', early).of('CleanedUp')).toBe('Unknown AwaitingFirstRun');
    const late = conditionsAt('12:26:00', early);
    expect(late.of('CleanedUp')).toBe('False JobNotEnding');
    expect(late.message('CleanedUp')).toMatch(
      /^Expected Job web-cleanup-1 to end, and .* by 2026-11-20T12:20:00Z/,
    );
  });

  test('because no controller starts it does not count as a run that goes on', () => {
    const unstarted = newCleanup(store);
    expect(conditionsAt('12:21:00', { cleanupJobs: [unstarted] }).of('CleanedUp')).toBe(
      'Unknown AwaitingFirstRun',
    );
    const late = conditionsAt('14:50:00', { cleanupJobs: [unstarted] });
    expect(late.of('Ready')).toBe('False RunsMissed');
    expect(late.message('Ready')).toMatch(/Expected Job web-cleanup-1 .*; it has no pod$/);
    const conditions = [{ type: 'Suspended', status: 'True' as const }];
    const resumed = { ...unstarted, job: { ...unstarted.job, status: { conditions } } };
    expect(conditionsAt('14:40:00', { cleanupJobs: [resumed] }).of('CleanedUp')).toBe(
      'Unknown AwaitingFirstRun',
    );
  });

  test('because it is suspended has no deadline', () => {
    const { job, ...rest } = started(newCleanup(store), []);
    const held = { cleanupJobs: [{ ...rest, job: { ...job, spec: { ...job.spec, suspend: true } } }] };
    expect(conditionsAt('13:30:00', held).of('CleanedUp')).not.toBe('False JobNotEnding');
  });
});

describe('a set-up that does not end', () => {
  test('shows in Provisioned', () => {
    const setupJobs = [started(activeSetup(store), [terminating])];
    const late = conditionsAt('13:30:00', { store, setupJobs });
    expect(late.of('Ready')).toBe('False JobNotEnding');
    expect(late.of('Reconciling')).toBe('True JobNotEnding');
  });

  test('while it verifies leaves Ready as it is, and shows in Reconciling', () => {
    const setupJobs = [
      finishedSetup(store, setupResult()),
      started(activeSetup(store, [], 2), [terminating]),
    ];
    const late = conditionsAt('13:30:00', { setupJobs });
    expect(late.of('Ready')).toBe('True Ready');
    expect(late.of('Reconciling')).toBe('True JobNotEnding');
  });
});
