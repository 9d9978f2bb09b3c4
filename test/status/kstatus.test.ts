import { expect, test } from 'vitest';
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

type Store = ReturnType<typeof sessionStore>;

/** kstatus' rules for custom resources, in their order (kubernetes-sigs/cli-utils, pkg/kstatus/status/generic.go). */
function kstatusOf({ metadata, status }: Store): 'InProgress' | 'Failed' | 'Current' {
  const is = (type: string) => status?.conditions?.find((condition) => condition.type === type)?.status;
  if (status?.observedGeneration !== undefined && status.observedGeneration !== metadata.generation)
    return 'InProgress';
  if (is('Reconciling') === 'True') return 'InProgress';
  if (is('Stalled') === 'True') return 'Failed';
  const ready = is('Ready');
  return ready === 'False' || ready === 'Unknown' ? 'InProgress' : 'Current';
}

const withStatus = (parts: Partial<Observed>): Store => {
  const of = parts.store ?? store;
  return { ...of, status: statusOf(deriveState(observed(parts))) };
};

const another = sessionStore(
  { ...postgresSpec, backend: { postgres: { connection: { secretName: 'renewed' } } } },
  { status: statusOf(deriveState(observed(healthy))), generation: 2 },
);
const verifying = { ...healthy, store: another };

test.each<[string, Store, 'InProgress' | 'Failed' | 'Current']>([
  [
    'a store that was never reconciled',
    sessionStore(postgresSpec, { status: { observedGeneration: -1 } }),
    'InProgress',
  ],
  [
    'a store of an older generation',
    { ...withStatus(healthy), metadata: { ...store.metadata, generation: 2 } },
    'InProgress',
  ],
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
  [
    'a wrong password',
    withStatus({ setupJobs: [finishedSetup(store, failureResult('AuthenticationFailed', 'x'), 76)] }),
    'Failed',
  ],
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
])('kstatus of %s', (_what, of, expected) => expect(kstatusOf(of)).toBe(expected));

test('a store stays Ready while another Secret is tried, and says what keeps it', () => {
  const waiting = activeSetup(another, [waitingPod('p', 'ErrImagePull', 'no such image')], 2);
  const { status } = withStatus({ ...verifying, setupJobs: [...provisioned.setupJobs, waiting] });
  const conditions = status?.conditions?.map(
    ({ type, status: value, reason }) => `${type} ${value} ${reason}`,
  );
  expect(conditions).toContain('Ready True Ready');
  expect(conditions).toContain('Reconciling True ImagePullFailed');
});
