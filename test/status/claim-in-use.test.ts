import { describe, expect, test } from 'vitest';
import type { SessionStoreStatus } from '../../src/api/status.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import type { Observed } from '../../src/state/observed.ts';
import { eventsOf } from '../../src/status/events-of.ts';
import { requeueAt, statusOf } from '../../src/status/status-of.ts';
import {
  activeSetup,
  cleanupJob,
  cleanupResult,
  cronJob,
  finishedSetup,
  newCleanup,
  now,
  observed,
  sessionStore,
  setupResult,
  shelveSpec,
  withSuspend,
} from '../builders.ts';

const status = (parts: Partial<Observed>): SessionStoreStatus => statusOf(deriveState(observed(parts)));
const conditionsOf = (of: SessionStoreStatus) =>
  Object.fromEntries(
    (of.conditions ?? []).map(({ type, status: value, reason }) => [type, `${value} ${reason}`]),
  );
const messageOf = (of: SessionStoreStatus, type: string) =>
  of.conditions?.find((condition) => condition.type === type)?.message;
const secondsToNextLook = (parts: Partial<Observed>) =>
  ((requeueAt(deriveState(observed(parts)))?.getTime() ?? Number.NaN) - now.getTime()) / 1000;

const store = sessionStore(shelveSpec);
const healthy = { store, setupJobs: [finishedSetup(store, setupResult())], cronJob: cronJob() };
const scheduled = { ...healthy, store: sessionStore(shelveSpec, { status: status(healthy) }) };
const waiting = { ...scheduled, cleanupJobs: [newCleanup(store)], podsOnClaim: ['wiki-0', 'wiki-1'] };

describe('a clean-up whose claim is in use', () => {
  test('says so, names the pods, and what to do', () => {
    const result = status(waiting);
    expect(conditionsOf(result)).toMatchObject({ Ready: 'True Ready', CleanedUp: 'False InUse' });
    expect(messageOf(result, 'CleanedUp')).toBe(
      'Expected no other pod to mount claim wiki, as whileInUse is Refuse; found wiki-0, wiki-1. Job ' +
        'web-cleanup-1 waits: scale the application down until it has run, set whileInUse: Tolerate ' +
        'where the store supports it, or use the class of form: Safe in the application.',
    );
  });

  test('of more than three pods names three', () =>
    expect(messageOf(status({ ...waiting, podsOnClaim: ['a', 'b', 'c', 'd', 'e'] }), 'CleanedUp')).toContain(
      'found a, b, c and 2 more. Job',
    ));

  test('is reconciled again after 30 seconds, and at once if no pod was found', () => {
    expect(secondsToNextLook(waiting)).toBe(30);
    expect(secondsToNextLook({ ...waiting, podsOnClaim: [] })).toBe(0);
    const { podsOnClaim: _not, ...unlooked } = waiting;
    expect(secondsToNextLook(unlooked)).toBeGreaterThan(3600);
  });

  test('takes Ready away after three periods, and says why rather than that runs were missed', () => {
    const conditionsAt = (time: string) => conditionsOf(status({ ...waiting, now: new Date(time) }));
    expect(conditionsAt('2026-11-20T14:00:00Z')).toMatchObject({
      Ready: 'True Ready',
      CleanedUp: 'False InUse',
    });
    expect(conditionsAt('2026-11-20T15:20:00Z')).toMatchObject({
      Ready: 'False InUse',
      CleanedUp: 'False InUse',
      Reconciling: 'True InUse',
    });
  });

  test('misses no run once it has started', () => {
    const startedAt = { active: 1, startTime: '2026-11-20T15:10:00Z' };
    const cleanupJobs = waiting.cleanupJobs
      .map((held) => withSuspend(held, false))
      .map((held) => ({ ...held, job: { ...held.job, status: startedAt } }));
    const running = { ...waiting, cleanupJobs };
    const result = status({ ...running, now: new Date('2026-11-20T15:20:00Z') });
    expect(conditionsOf(result)).toMatchObject({
      Ready: 'True Ready',
      CleanedUp: 'Unknown AwaitingFirstRun',
    });
  });

  test('stands in the place of what the last run found, until the claim is free', () => {
    const cleanupJobs = [cleanupJob('web-cleanup-0', cleanupResult()), newCleanup(store)];
    expect(conditionsOf(status({ ...waiting, cleanupJobs }))['CleanedUp']).toBe('False InUse');
    expect(conditionsOf(status({ ...waiting, cleanupJobs, podsOnClaim: [] }))['CleanedUp']).toBe(
      'True CleanedUp',
    );
  });

  test('is an event once, however long it waits', () => {
    const before = scheduled.store.status;
    const first = status(waiting);
    expect(eventsOf(before, first)).toEqual([
      {
        type: 'Warning',
        reason: 'InUse',
        action: 'CleanUp',
        note: expect.stringMatching(/^Expected no other pod to mount claim wiki/),
      },
    ]);
    expect(eventsOf(first, status({ ...waiting, podsOnClaim: ['wiki-2'] }))).toEqual([]);
  });
});

describe('a set-up whose claim is in use', () => {
  const migrating = sessionStore(
    {
      ...shelveSpec,
      backend: { shelve: { claimName: 'wiki', path: 'shop/sessions', form: 'Safe' } },
      setup: { migrate: true },
    },
    { generation: 2 },
  );
  const parts = { store: migrating, setupJobs: [activeSetup(migrating)], podsOnClaim: ['wiki-0'] };

  test('is not provisioned, Reconciling, and says what to do', () => {
    const result = status(parts);
    expect(conditionsOf(result)).toMatchObject({
      Ready: 'False InUse',
      Provisioned: 'False InUse',
      Reconciling: 'True InUse',
    });
    expect(conditionsOf(result)).not.toHaveProperty('Stalled');
    expect(messageOf(result, 'Provisioned')).toMatch(
      /mount claim wiki, as setup\.migrate .*; found wiki-0\. Job web-setup-\w+ waits: scale .* or leave setup\.migrate out/,
    );
  });

  test('is looked at again after 30 seconds, and is on its way as soon as the claim is free', () => {
    expect(secondsToNextLook(parts)).toBe(30);
    expect(conditionsOf(status({ ...parts, podsOnClaim: [] }))['Provisioned']).toBe('Unknown Provisioning');
  });

  test('of a suspended store says that it is the suspension that keeps it', () => {
    const suspended = { ...migrating, spec: { ...migrating.spec, suspend: true } };
    const { podsOnClaim: _not, ...rest } = parts;
    expect(conditionsOf(status({ ...rest, store: suspended }))['Provisioned']).toBe('Unknown Suspended');
  });
});
