import { expect, test } from 'vitest';
import type { SessionStoreResource } from '../../src/api/session-store-resource.ts';
import { activeSetup, waitingPod } from '../builders.ts';
import { another, type Kstatus, kstatusCases, verifying, withStatus } from './kstatus-cases.ts';
import { provisioned } from './status-fixture.ts';

/** kstatus' rules for custom resources, in their order (kubernetes-sigs/cli-utils, pkg/kstatus/status/generic.go). */
function kstatusOf({ metadata, status }: SessionStoreResource): Kstatus {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  const is = (type: string) => status?.conditions?.find((condition) => condition.type === type)?.status;
  if (status?.observedGeneration !== undefined && status.observedGeneration !== metadata.generation)
    return 'InProgress';
  if (is('Reconciling') === 'True') return 'InProgress';
  if (is('Stalled') === 'True') return 'Failed';
  const ready = is('Ready');
  return ready === 'False' || ready === 'Unknown' ? 'InProgress' : 'Current';
}

test.each(kstatusCases)('kstatus of %s', (_what, of, expected) => expect(kstatusOf(of)).toBe(expected));

test('a store stays Ready while another Secret is tried, and says what keeps it', () => {
  const waiting = activeSetup(another, [waitingPod('p', 'ErrImagePull', 'no such image')], 2);
  const { status } = withStatus({ ...verifying, setupJobs: [...provisioned.setupJobs, waiting] });
  const conditions = status?.conditions?.map(
    ({ type, status: value, reason }) => `${type} ${value} ${reason}`,
  );
  expect(conditions).toContain('Ready True Ready');
  expect(conditions).toContain('Reconciling True ImagePullFailed');
});
