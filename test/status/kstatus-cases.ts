import type { SessionStoreResource } from '../../src/api/session-store-resource.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import type { Observed } from '../../src/state/observed.ts';
import { preflightStatusOf, statusOf } from '../../src/status/status-of.ts';
import {
  activeSetup,
  cleanupJob,
  cleanupResult,
  failureResult,
  finishedSetup,
  observed,
  postgresSpec,
  sessionStore,
  terminatedPod,
  waitingPod,
} from '../builders.ts';
import { healthy, provisioned, store } from './status-fixture.ts';

export type Kstatus = 'InProgress' | 'Failed' | 'Current' | 'Terminating';

export const withStatus = (parts: Partial<Observed>): SessionStoreResource => {
  const of = parts.store ?? store;
  return { ...of, status: statusOf(deriveState(observed(parts))) };
};

export const another = sessionStore(
  { ...postgresSpec, backend: { postgres: { connection: { secretName: 'renewed' } } } },
  { status: statusOf(deriveState(observed(healthy))), generation: 2 },
);
export const verifying = { ...healthy, store: another };

const suspended = sessionStore({ ...postgresSpec, suspend: true });
const wrongPassword = failureResult('AuthenticationFailed', 'x');

const ofOlderGeneration = (): SessionStoreResource => ({
  ...withStatus(healthy),
  metadata: { ...store.metadata, generation: 2 },
});

const terminating = (): SessionStoreResource => {
  const { metadata, ...rest } = withStatus(healthy);
  return { ...rest, metadata: { ...metadata, deletionTimestamp: '2026-11-20T12:00:00Z' } };
};

/** Stores with the status that the operator writes, and their status by the rules of kstatus. */
export const kstatusCases: readonly (readonly [string, SessionStoreResource, Kstatus])[] = [
  [
    'a store that was never reconciled',
    sessionStore(postgresSpec, { status: { observedGeneration: -1 } }),
    'InProgress',
  ],
  ['a store of an older generation', ofOlderGeneration(), 'InProgress'],
  ['not reconciled yet', withStatus({}), 'InProgress'],
  ['set-up under way', withStatus({ setupJobs: [activeSetup(store)] }), 'InProgress'],
  [
    'an image that is waited for',
    withStatus({ setupJobs: [activeSetup(store, [waitingPod('p', 'ErrImagePull')])] }),
    'InProgress',
  ],
  [
    'a database that is down',
    withStatus({
      setupJobs: [
        activeSetup(store, [terminatedPod('p', 1, JSON.stringify(failureResult('ConnectionFailed', 'x')))]),
      ],
    }),
    'InProgress',
  ],
  [
    'a Secret that does not exist',
    withStatus({ setupJobs: [finishedSetup(store, failureResult('SecretMissing', 'x'), 1)] }),
    'InProgress',
  ],
  ['a wrong password', withStatus({ setupJobs: [finishedSetup(store, wrongPassword, 76)] }), 'Failed'],
  ['provisioned, and no CronJob yet', withStatus(provisioned), 'InProgress'],
  ['provisioned and scheduled', withStatus(healthy), 'Current'],
  ['cleaned', withStatus({ ...healthy, cleanupJobs: [cleanupJob('c', cleanupResult())] }), 'Current'],
  ['another Secret that was not tried yet', withStatus(verifying), 'InProgress'],
  [
    'another Secret that is being tried',
    withStatus({ ...verifying, setupJobs: [...provisioned.setupJobs, activeSetup(another, [], 2)] }),
    'InProgress',
  ],
  [
    'one run that failed',
    withStatus({ ...healthy, cleanupJobs: [cleanupJob('c', failureResult('LockTimeout', 'x'), 1)] }),
    'Current',
  ],
  [
    'a right that is missing',
    withStatus({ ...healthy, cleanupJobs: [cleanupJob('c', failureResult('PermissionDenied', 'x'), 77)] }),
    'Failed',
  ],
  [
    'a CronJob of somebody else’s',
    withStatus({
      ...provisioned,
      rejectedWrites: [{ task: 'cleanup', reason: 'NameConflict', message: 'x' }],
    }),
    'Failed',
  ],
  [
    'a set-up of a provisioned store that is refused',
    withStatus({ ...healthy, rejectedWrites: [{ task: 'setup', reason: 'ApiError', message: 'x' }] }),
    'Failed',
  ],
  [
    'a spec that cannot be worked with',
    { ...store, status: preflightStatusOf(observed({ store }), { reason: 'InvalidSpec', message: 'x' }) },
    'Failed',
  ],
  ['a suspended store that is set up', withStatus({ ...healthy, store: suspended }), 'Current'],
  ['a suspended store that was never set up', withStatus({ store: suspended }), 'InProgress'],
  [
    'a suspended store with a wrong password',
    withStatus({ store: suspended, setupJobs: [finishedSetup(suspended, wrongPassword, 76)] }),
    'Failed',
  ],
  ['a store that is being deleted', terminating(), 'Terminating'],
];
