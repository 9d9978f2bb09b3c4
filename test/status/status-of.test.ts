import { describe, expect, test } from 'vitest';
import type { SessionStoreStatus } from '../../src/api/status.ts';
import { actionsOf } from '../../src/desired/actions.ts';
import type { Observed } from '../../src/desired/observed.ts';
import { assess } from '../../src/status/assessment.ts';
import { nextLook, statusOf } from '../../src/status/status-of.ts';
import {
  activeSetup,
  cleanupJob,
  cleanupResult,
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

const status = (parts: Partial<Observed>): SessionStoreStatus => statusOf(assess(observed(parts)));

const conditionsOf = (of: SessionStoreStatus) =>
  Object.fromEntries(
    (of.conditions ?? []).map(({ type, status: value, reason }) => [type, `${value} ${reason}`]),
  );

const store = sessionStore();
const provisioned = { store, setupJobs: [finishedSetup(store, setupResult())] };
const healthy = { ...provisioned, cronJob: cronJob() };

/** The store as the API server has it after that status was written. */
const asWritten = (parts: Partial<Observed>) => sessionStore(postgresSpec, { status: status(parts) });

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

test('what ended one try stands until the next one says something else', () => {
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

describe('what only a person can mend', () => {
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
    const look = nextLook(assess(observed({ setupJobs: [wrong], now: new Date('2026-11-20T11:00:10Z') })));
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
    expect(actionsOf(assess(observed({ store: refused })))).toEqual([]);
    // A store that is there is still looked after.
    const setupJobs = [finishedSetup(refused, setupResult())];
    const gone = cleanupJob('web-cleanup-1', failureResult('StoreMissing', 'no table'), 66);
    const cronJobs = { cronJob: cronJob(), cleanupJobs: [gone] };
    const kinds = actionsOf(assess(observed({ store: refused, setupJobs, ...cronJobs }))).map(
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
  ] as const)(
    'a store that %s is Ready once set-up has mended it, not an hour later',
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
