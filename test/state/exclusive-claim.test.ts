import { describe, expect, test } from 'vitest';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import { actionsOf } from '../../src/desired/actions.ts';
import { setupJob } from '../../src/desired/setup-job.ts';
import { suspendActions } from '../../src/desired/suspension.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import { awaitedClaim, exclusiveClaim } from '../../src/state/exclusive-claim.ts';
import type { Observed, ObservedJob } from '../../src/state/observed.ts';
import { statusOf } from '../../src/status/status-of.ts';
import {
  activeSetup,
  cronJob,
  directorySpec,
  finishedSetup,
  newCleanup,
  observed,
  options,
  pod,
  postgresSpec,
  sessionStore,
  setupResult,
  shelveSpec,
  withSuspend,
} from '../builders.ts';

const shelf = { claimName: 'wiki', path: 'shop/sessions' };
const shelve = (more: object = {}, rest: Partial<SessionStoreSpec> = {}): SessionStoreSpec => ({
  ...shelveSpec,
  backend: { shelve: { ...shelf, ...more } },
  ...rest,
});
const durus = (of: object, rest: Partial<SessionStoreSpec> = {}): SessionStoreSpec => ({
  ...shelveSpec,
  backend: { durus: of },
  ...rest,
});
const file = { claimName: 'wiki', path: 'shop.durus' };
const socket = { claimName: 'wiki', socket: 'durus.sock', colocateWith: { app: 'durus' } };
const migrate = { setup: { migrate: true } };

describe('clean-up must have the claim to itself', () => {
  test.each<[string, SessionStoreSpec, string | undefined]>([
    ['of a shelf of session3’s', shelve(), 'wiki'],
    ['of one whose defaults are written out', shelve({ form: 'Session3', whileInUse: 'Refuse' }), 'wiki'],
    ['not of one that may be cleaned in use', shelve({ whileInUse: 'Tolerate' }), undefined],
    ['not of one in the safe form', shelve({ form: 'Safe' }), undefined],
    ['of a Durus file', durus(file), 'wiki'],
    ['not of a Durus file in the safe form', durus({ ...file, form: 'Safe' }), undefined],
    ['not of a Durus server on another host', durus({ host: 'durus' }), undefined],
    ['not of a Durus server at a socket', durus(socket), undefined],
    ['not of a directory', directorySpec, undefined],
    ['not of a table', postgresSpec, undefined],
  ])('%s', (_which, spec, claim) => expect(exclusiveClaim(spec, 'cleanup')).toBe(claim));
});

describe('set-up must have the claim to itself', () => {
  test.each<[string, SessionStoreSpec, string | undefined]>([
    ['where it may migrate a shelf', shelve({ form: 'Safe' }, migrate), 'wiki'],
    ['for every value of whileInUse', shelve({ form: 'Safe', whileInUse: 'Tolerate' }, migrate), 'wiki'],
    ['where it may migrate a Durus file', durus({ ...file, form: 'Safe' }, migrate), 'wiki'],
    ['not where it may change nothing', shelve({ form: 'Safe' }), undefined],
    ['not where there is no other form to migrate to', shelve({}, migrate), undefined],
    ['not where a server commits', durus({ ...socket, form: 'Safe' }, migrate), undefined],
    ['not of a table', { ...postgresSpec, ...migrate }, undefined],
  ])('%s', (_which, spec, claim) => expect(exclusiveClaim(spec, 'setup')).toBe(claim));

  test('and only then its Job is created suspended', () => {
    const { spec, metadata } = setupJob(sessionStore(shelve({ form: 'Safe' }, migrate)), options, 1);
    expect(spec).toMatchObject({ suspend: true });
    expect(metadata.annotations).toMatchObject({ 'sessionstore.dev/alone-on-claim': 'wiki' });
    const other = setupJob(sessionStore(shelveSpec), options, 1);
    expect(other.spec).not.toHaveProperty('suspend');
    expect(other.metadata.annotations).toMatchObject({ 'sessionstore.dev/alone-on-claim': '' });
    const table = setupJob(sessionStore(postgresSpec), options, 1);
    expect(table.metadata.annotations).not.toHaveProperty('sessionstore.dev/alone-on-claim');
  });
});

const provisionedAs = (spec: SessionStoreSpec) => {
  const store = sessionStore(spec);
  const done = { store, setupJobs: [finishedSetup(store, setupResult())], cronJob: cronJob() };
  return sessionStore(spec, { status: statusOf(deriveState(observed(done))) });
};

/** The decisions about the Jobs; the CronJob's own needs do not matter here. */
const decided = (parts: Partial<Observed>) =>
  [...suspendActions(observed(parts)), ...actionsOf(deriveState(observed(parts)))]
    .filter(({ kind }) => kind === 'suspendJob' || kind === 'deleteJob')
    .map((action) => ('suspend' in action ? (action.suspend ? 'suspend' : 'start') : 'delete'));

describe('a clean-up that waits for its claim', () => {
  const store = provisionedAs(shelveSpec);
  const waiting = newCleanup(store);
  const parts = { store, cleanupJobs: [waiting] };

  test('is made suspended, and its claim is looked for', () => {
    expect(waiting.job.spec.suspend).toBe(true);
    expect(awaitedClaim(observed(parts))).toBe('wiki');
  });

  test('starts once the pods were listed and none mounts the claim', () =>
    expect(decided({ ...parts, podsOnClaim: [] })).toEqual(['start']));

  test('does not start while somebody does, nor where it was not looked', () => {
    expect(decided({ ...parts, podsOnClaim: ['wiki-0'] })).toEqual([]);
    expect(decided(parts)).toEqual([]);
  });

  test('is not suspended again by a pod that comes once it has started', () => {
    const running = withSuspend(newCleanup(store, [pod('runner')]), false);
    expect(awaitedClaim(observed({ ...parts, cleanupJobs: [running] }))).toBeUndefined();
    expect(decided({ ...parts, cleanupJobs: [running], podsOnClaim: ['wiki-0'] })).toEqual([]);
  });

  test('is of no use once its pod would be another: it goes, whoever mounts the claim', () => {
    const changes: Partial<Observed>[] = [
      { store: provisionedAs(shelve({ whileInUse: 'Tolerate' })) },
      { store: provisionedAs(shelve({ form: 'Safe' })) },
      { store: provisionedAs({ ...shelveSpec, cleanup: { ...shelveSpec.cleanup, unmodifiedFor: '12h' } }) },
      { options: { ...options, pythonRunnerImage: 'another:1' } },
    ];
    for (const change of changes) {
      expect(decided({ ...parts, ...change, podsOnClaim: [] })).toEqual(['delete']);
      expect(decided({ ...parts, ...change, podsOnClaim: ['wiki-0'] })).toEqual(['delete']);
    }
  });

  test('is left alone once it is being deleted, or while its current form is unknown', () => {
    const { metadata } = waiting.job;
    const going = { ...waiting.job, metadata: { ...metadata, deletionTimestamp: '2026-11-20T12:00:00Z' } };
    expect(decided({ ...parts, cleanupJobs: [{ ...waiting, job: going }], podsOnClaim: [] })).toEqual([]);
    const never = {
      ...store,
      spec: { ...shelveSpec, cleanup: { unmodifiedFor: '30m', schedule: '0 0 30 2 *' } },
    };
    expect(decided({ ...parts, store: never, podsOnClaim: [] })).toEqual([]);
  });

  test('does not start while cleanup.suspend is set, and waits again when it is lifted', () => {
    const suspended = {
      ...store,
      spec: { ...shelveSpec, cleanup: { ...shelveSpec.cleanup, suspend: true } },
    };
    expect(awaitedClaim(observed({ ...parts, store: suspended }))).toBeUndefined();
    expect(decided({ ...parts, store: suspended, podsOnClaim: [] })).toEqual([]);
    const running = withSuspend(waiting, false);
    expect(decided({ store: suspended, cleanupJobs: [running] })).toEqual(['suspend']);
    expect(decided({ ...parts, podsOnClaim: ['wiki-0'] })).toEqual([]);
    expect(decided({ ...parts, podsOnClaim: [] })).toEqual(['start']);
  });

  test('of a suspended store is not looked after at all', () => {
    const suspended = { ...store, spec: { ...shelveSpec, suspend: true } };
    expect(awaitedClaim(observed({ ...parts, store: suspended }))).toBeUndefined();
    expect(decided({ ...parts, store: suspended, podsOnClaim: [] })).toEqual([]);
  });

  test('that has ended waits for nothing', () => {
    const ended: ObservedJob = {
      ...waiting,
      job: { ...waiting.job, status: { conditions: [{ type: 'Failed', status: 'True' }] } },
    };
    expect(awaitedClaim(observed({ ...parts, cleanupJobs: [ended] }))).toBeUndefined();
  });
});

test('a clean-up that tolerates use is started by its CronJob, and resumed without a look', () => {
  const store = provisionedAs(shelve({ whileInUse: 'Tolerate' }));
  const job = newCleanup(store);
  expect(job.job.spec.suspend).toBe(false);
  expect(decided({ store, cleanupJobs: [withSuspend(job, true)] })).toEqual(['start']);
});

describe('a set-up that waits for its claim', () => {
  const store = sessionStore(shelve({ form: 'Safe' }, migrate));
  const setupJobs = [activeSetup(store)];

  test('starts once the pods were listed and none mounts the claim', () => {
    expect(awaitedClaim(observed({ store, setupJobs }))).toBe('wiki');
    expect(decided({ store, setupJobs, podsOnClaim: [] })).toEqual(['start']);
    expect(decided({ store, setupJobs, podsOnClaim: ['wiki-0'] })).toEqual([]);
    expect(decided({ store, setupJobs })).toEqual([]);
  });

  test('goes, and is not started, once the spec asks for another', () => {
    const other = sessionStore(shelve({ form: 'Safe' }), { generation: 2 });
    expect(decided({ store: other, setupJobs, podsOnClaim: [] })).toEqual(['delete']);
  });

  test('waits though cleanup.suspend is set, as that is about clean-up', () => {
    const suspended = sessionStore({ ...store.spec, cleanup: { ...shelveSpec.cleanup, suspend: true } });
    expect(decided({ store: suspended, setupJobs: [activeSetup(suspended)], podsOnClaim: [] })).toEqual([
      'start',
    ]);
  });
});
