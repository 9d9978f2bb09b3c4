import { describe, expect, test } from 'vitest';
import { actionsOf } from '../../src/desired/actions.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import { requeueAt } from '../../src/status/status-of.ts';
import {
  activeSetup,
  cleanupJob,
  cronJob,
  failedCreate,
  failureResult,
  finishedSetup,
  observed,
  postgresSpec,
  sessionStore,
  setupResult,
  terminatedPod,
  waitingPod,
} from '../builders.ts';
import { asWritten, conditionsOf, healthy, status, store } from './status-fixture.ts';

describe('before the first result', () => {
  test('a store that nothing was done for yet is Unknown and Reconciling', () => {
    expect(conditionsOf(status({}))).toEqual({
      Ready: 'Unknown Provisioning',
      Provisioned: 'Unknown Provisioning',
      CleanupScheduled: 'Unknown Provisioning',
      CleanedUp: 'Unknown AwaitingFirstRun',
      Reconciling: 'True Provisioning',
    });
  });

  test('a pod that quota refuses shows with the sentence of the event', () => {
    const job = activeSetup(store);
    const refused = { ...job, warnings: [failedCreate(job, 'exceeded quota: small')] };
    const result = status({ setupJobs: [refused] });
    expect(conditionsOf(result)).toMatchObject({ Ready: 'False PodRefused', Reconciling: 'True PodRefused' });
    expect(result.conditions?.[0]?.message).toBe('exceeded quota: small');
  });

  test('an image that cannot be pulled shows while the Job waits', () => {
    const waiting = activeSetup(store, [waitingPod('p', 'ImagePullBackOff', 'not found')]);
    expect(conditionsOf(status({ setupJobs: [waiting] }))).toMatchObject({
      Ready: 'False ImagePullFailed',
      Reconciling: 'True ImagePullFailed',
    });
  });

  test('a try that failed for now shows while the Job tries again', () => {
    const failed = terminatedPod(
      'p',
      1,
      JSON.stringify(failureResult('ConnectionFailed', 'refused by shop-postgres:5432')),
    );
    const result = status({ setupJobs: [activeSetup(store, [failed])] });
    expect(conditionsOf(result)).toMatchObject({
      Ready: 'False ConnectionFailed',
      Reconciling: 'True ConnectionFailed',
    });
  });
});

test('the failure of one try stays until the next one has another result', () => {
  const failed = terminatedPod(
    'first',
    1,
    JSON.stringify(failureResult('SecretMissing', 'Secret shop-db: not there')),
  );
  const next = {
    ...waitingPod('second', 'ContainerCreating'),
    metadata: {
      ...failed.metadata,
      name: 'second',
      uid: 'second',
      creationTimestamp: '2026-11-20T10:01:00Z',
    },
  };
  const result = status({ setupJobs: [activeSetup(store, [failed, next])] });
  expect(conditionsOf(result)).toMatchObject({
    Ready: 'False SecretMissing',
    Reconciling: 'True SecretMissing',
  });
});

describe('a store that is provisioned', () => {
  test('is Ready once its CronJob is there', () => {
    expect(conditionsOf(status(healthy))).toEqual({
      Ready: 'True Ready',
      Provisioned: 'True Provisioned',
      CleanupScheduled: 'True Scheduled',
      CleanedUp: 'Unknown AwaitingFirstRun',
    });
  });

  test('shows what was proven of the connection, and with which Secret', () => {
    expect(status(healthy).connection).toEqual({
      secretName: 'shop-db',
      verifiedAt: '2026-11-20T11:00:06Z',
      server: 'PostgreSQL 15.18',
      tls: 'off',
    });
  });

  test('without cleanup is Ready and has no CleanedUp', () => {
    const { cleanup: _none, ...spec } = postgresSpec;
    const bare = sessionStore(spec);
    const result = status({
      store: bare,
      setupJobs: [finishedSetup(bare, setupResult({ outcome: 'Adopted' }))],
    });
    expect(conditionsOf(result)).toEqual({
      Ready: 'True Ready',
      Provisioned: 'True Adopted',
      CleanupScheduled: 'False NotRequested',
    });
  });

  test('keeps its result when the Job is gone', () => {
    const { conditions: before, ...rest } = status(healthy);
    const { conditions, ...later } = status({ store: asWritten(healthy), cronJob: cronJob() });
    expect(later).toEqual(rest);
    expect(conditions).toEqual(before);
  });

  test('writes nothing new when nothing is new', () => {
    const recorded = asWritten(healthy);
    expect(status({ ...healthy, store: recorded, now: new Date('2026-11-20T12:30:00Z') })).toEqual(
      recorded.status,
    );
  });
});

describe('failures that only a user can fix', () => {
  const wrong = finishedSetup(
    store,
    failureResult('AuthenticationFailed', 'password refused for role shop'),
    76,
  );

  test('is Stalled, with the runner’s own sentence', () => {
    const result = status({ setupJobs: [wrong] });
    expect(conditionsOf(result)).toMatchObject({
      Ready: 'False AuthenticationFailed',
      Stalled: 'True AuthenticationFailed',
    });
    expect(conditionsOf(result)).not.toHaveProperty('Reconciling');
    expect(result.conditions?.[0]?.message).toBe('password refused for role shop');
  });

  test('is looked at again all the same, later each time', () => {
    const look = requeueAt(
      deriveState(observed({ setupJobs: [wrong], now: new Date('2026-11-20T11:00:10Z') })),
    );
    expect(look?.toISOString()).toBe('2026-11-20T11:01:06.000Z');
    const again = { ...sessionStore(postgresSpec, { status: status({ setupJobs: [wrong] }) }) };
    const second = finishedSetup(again, failureResult('AuthenticationFailed', 'password refused'), 76, 2);
    const result = status({ store: again, setupJobs: [wrong, second] });
    expect(result.setup).toMatchObject({ failures: 2, attempt: 2 });
  });

  test('is Reconciling again when the spec has changed and set-up runs', () => {
    const changed = sessionStore(
      { ...postgresSpec, setup: { ifExists: 'Fail' } },
      { generation: 2, status: status({ setupJobs: [wrong] }) },
    );
    const result = status({ store: changed, setupJobs: [wrong, activeSetup(changed, [], 2)] });
    expect(conditionsOf(result)).toMatchObject({
      Ready: 'Unknown Provisioning',
      Reconciling: 'True Provisioning',
    });
  });

  test.each([
    [{ schedule: '0 0 30 2 *' }, /never comes/],
    [{ timeZone: 'europe/berlin' }, /use Europe\/Berlin/],
    [{ timeZone: 'PST' }, /use America\/Los_Angeles/],
  ])('a clean-up that cannot be scheduled (%j) is refused before anything is set up', (cleanup, sentence) => {
    const refused = sessionStore({ ...postgresSpec, cleanup });
    const result = status({ store: refused });
    expect(conditionsOf(result)).toMatchObject({
      Ready: 'False InvalidSchedule',
      Provisioned: 'False InvalidSchedule',
      Stalled: 'True InvalidSchedule',
    });
    expect(result.conditions?.[0]?.message).toMatch(sentence);
    expect(actionsOf(deriveState(observed({ store: refused })))).toEqual([]);
    // A store that is there is still looked after.
    const setupJobs = [finishedSetup(refused, setupResult())];
    const gone = cleanupJob('web-cleanup-1', failureResult('StoreMissing', 'no table'), 66);
    const cronJobs = { cronJob: cronJob(), cleanupJobs: [gone] };
    const kinds = actionsOf(deriveState(observed({ store: refused, setupJobs, ...cronJobs }))).map(
      ({ kind }) => kind,
    );
    expect(kinds).toContain('createJob');
  });

  test('a schedule that never comes is Stalled and says why', () => {
    const never = sessionStore({ ...postgresSpec, cleanup: { schedule: '0 0 30 2 *' } });
    const result = status({ store: never, setupJobs: [finishedSetup(never, setupResult())] });
    expect(conditionsOf(result)).toMatchObject({
      Ready: 'False InvalidSchedule',
      Stalled: 'True InvalidSchedule',
    });
    expect(result.conditions?.[0]?.message).toContain('never comes');
  });
});
