import { describe, expect, test } from 'vitest';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import { actionsOf } from '../../src/desired/actions.ts';
import { suspendActions } from '../../src/desired/suspension.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import { requeueAt, statusOf } from '../../src/status/status-of.ts';
import {
  activeSetup,
  cronJob,
  failureResult,
  finishedSetup,
  newCleanup,
  observed,
  options,
  postgresSpec,
  sessionStore,
  setupResult,
  shelveSpec,
  withSuspend,
} from '../builders.ts';

const done = [finishedSetup(sessionStore(), setupResult())];
const status = statusOf(deriveState(observed({ setupJobs: done })));
const { cleanup } = postgresSpec;
const storeOf = (spec: SessionStoreSpec) => sessionStore(spec, { status, generation: 2 });

/** The writes, suspension first. */
function written(parts: Parameters<typeof observed>[0]) {
  const all = observed({ cronJob: cronJob(), ...parts });
  return [...suspendActions(all), ...actionsOf(deriveState(all))];
}

const kinds = (parts: Parameters<typeof observed>[0]) => written(parts).map(({ kind }) => kind);

describe('either suspension stops the CronJob', () => {
  const suspended = storeOf({ ...postgresSpec, suspend: true });

  test('although another client added a part that an apply would leave', () => {
    const jobTemplate = { spec: { ttlSecondsAfterFinished: 5, template: { spec: { hostNetwork: true } } } };
    expect(kinds({ store: suspended, cronJob: cronJob({ jobTemplate }) })).toEqual(['suspendCronJob']);
  });

  test.each([
    ['the store', { ...postgresSpec, suspend: true, cleanup: { ...cleanup, schedule: '61 * * * *' } }],
    ['clean-up', { ...postgresSpec, cleanup: { ...cleanup, schedule: '61 * * * *', suspend: true } }],
    ['clean-up', { ...postgresSpec, cleanup: { ...cleanup, timeZone: 'Europe/Nowhere', suspend: true } }],
  ])('by %s, although the schedule is wrong', (_what, spec) =>
    expect(kinds({ store: storeOf(spec) })).toEqual(['suspendCronJob']),
  );

  test('once, and no CronJob of another owner', () => {
    expect(kinds({ store: suspended, cronJob: cronJob({ suspend: true }) })).toEqual([]);
    expect(kinds({ store: suspended, cronJob: cronJob({}, 'another-uid') })).toEqual([]);
  });

  test('together with the run that is going on, whichever of the two is suspended', () => {
    const running = { cleanupJobs: [newCleanup(sessionStore())] };
    const both = ['suspendCronJob', 'suspendJob'];
    expect(kinds({ ...running, store: suspended })).toEqual(both);
    const held = storeOf({ ...postgresSpec, cleanup: { ...cleanup, suspend: true } });
    expect(suspendActions(observed({ ...running, store: held, cronJob: cronJob() }))).toMatchObject([
      { kind: 'suspendCronJob' },
      { kind: 'suspendJob', suspend: true },
    ]);
    const [job] = running.cleanupJobs.map((each) => withSuspend(each, true));
    expect(kinds({ store: suspended, cleanupJobs: job ? [job] : [] })).toEqual(['suspendCronJob']);
  });

  test('although nothing else can be done for the store', () => {
    const { pythonRunnerImage: _none, ...withoutPython } = options;
    const held = (spec: unknown) =>
      suspendActions(
        observed({ store: storeOf(spec as SessionStoreSpec), cronJob: cronJob(), options: withoutPython }),
      ).map(({ kind }) => kind);
    expect(held({ ...shelveSpec, suspend: true })).toEqual(['suspendCronJob']);
    expect(held({ cleanup: { suspend: true } })).toEqual(['suspendCronJob']);
    expect(held({ suspend: 'yes' })).toEqual([]);
    expect(held({})).toEqual([]);
  });
});

describe('a run that cleanup.suspend held back', () => {
  const store = storeOf(postgresSpec);
  const held = withSuspend(newCleanup(store), true);
  const last = (spec: SessionStoreSpec) =>
    actionsOf(deriveState(observed({ store: storeOf(spec), cleanupJobs: [held] }))).filter(
      ({ kind }) => kind === 'suspendJob' || kind === 'deleteJob',
    );

  test('goes on when it is lifted', () => {
    expect(last(postgresSpec)).toMatchObject([{ kind: 'suspendJob', suspend: false }]);
    expect(last({ ...postgresSpec, pod: { priorityClassName: 'low' } })).toMatchObject([{ suspend: false }]);
  });

  test.each([
    ['an older age is asked for', { ...postgresSpec, cleanup: { ...cleanup, expiredFor: '30d' } }],
    ['no session shall be deleted', { ...postgresSpec, cleanup: { ...cleanup, dryRun: true } }],
    ['another zone is the application’s', { ...postgresSpec, layoutOptions: { timeZone: 'Asia/Tokyo' } }],
  ])('does not where %s by now: it would delete what the spec keeps', (_what, spec) =>
    expect(last(spec)).toMatchObject([{ kind: 'deleteJob' }]),
  );

  test('waits on where its schedule is wrong, as it cannot be told what it would be', () => {
    expect(last({ ...postgresSpec, cleanup: { ...cleanup, schedule: '61 * * * *' } })).toEqual([]);
  });
});

describe('a Job that a queue suspended', () => {
  const store = storeOf(postgresSpec);
  const queued = withSuspend(newCleanup(store), true, 'somebody');
  const decided = (spec: SessionStoreSpec, job = queued) =>
    written({ store: storeOf(spec), cleanupJobs: [job], cronJob: cronJob({ suspend: true, jobTemplate }) })
      .filter(({ kind }) => kind === 'suspendJob' || kind === 'deleteJob')
      .map((action) => ('suspend' in action ? { suspend: action.suspend } : action.kind));
  const jobTemplate = { spec: { template: { spec: {} } } };
  const stopped = { ...postgresSpec, cleanup: { ...cleanup, suspend: true } };

  test('is resumed by the queue alone', () => expect(decided(postgresSpec)).toEqual([]));

  test('goes where the spec has changed since, as the queue would start what the spec no longer says', () =>
    expect(decided({ ...postgresSpec, cleanup: { ...cleanup, expiredFor: '30d' } })).toEqual(['deleteJob']));

  test('goes where clean-up is suspended, as the queue could start it all the same', () =>
    expect(decided(stopped)).toEqual(['deleteJob']));

  test('goes where the queue resumes what cleanup.suspend held', () => {
    const running = newCleanup(store);
    const held = withSuspend(running, true);
    expect(decided(stopped, running)).toEqual([{ suspend: true }]);
    expect(decided(stopped, held)).toEqual([]);
    expect(decided(stopped, withSuspend(held, false, 'somebody'))).toEqual(['deleteJob']);
  });

  test('is left alone on its way out', () => {
    const metadata = { ...queued.job.metadata, deletionTimestamp: '2026-11-20T12:00:00Z' };
    expect(decided(stopped, { ...queued, job: { ...queued.job, metadata } })).toEqual([]);
  });

  test('goes where it has to have its claim to itself, as the queue would start it whoever mounts that', () => {
    const shelf = storeOf(shelveSpec);
    const passed = withSuspend(newCleanup(shelf), false);
    const cleanupJobs = [withSuspend(passed, true, 'somebody')];
    const all = observed({ store: shelf, cleanupJobs, podsOnClaim: [] });
    const made = actionsOf(deriveState(all)).filter(
      ({ kind }) => kind === 'suspendJob' || kind === 'deleteJob',
    );
    expect(made.map(({ kind }) => kind)).toEqual(['deleteJob']);
  });

  test('is left alone where it is a set-up', () => {
    const fresh = sessionStore();
    const setupJobs = [withSuspend(activeSetup(fresh), true, 'somebody')];
    expect(actionsOf(deriveState(observed({ store: fresh, setupJobs })))).toEqual([]);
  });
});

test('a failed set-up that nothing may be done about is not looked at every second', () => {
  const failed = [finishedSetup(sessionStore(), failureResult('PermissionDenied', 'no right'), 77)];
  const seconds = (parts: Parameters<typeof observed>[0]) => {
    const all = observed({ setupJobs: failed, ...parts });
    const next = requeueAt(deriveState(all));
    return next && (next.getTime() - all.now.getTime()) / 1000;
  };
  expect(seconds({})).toBeLessThanOrEqual(0);
  expect(seconds({ store: sessionStore({ ...postgresSpec, suspend: true }) })).toBeUndefined();
  const refused = [{ task: 'setup', reason: 'ApiError', message: 'exceeded quota' }] as const;
  expect(seconds({ rejectedWrites: refused })).toBe(60);
});
