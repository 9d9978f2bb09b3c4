import { expect, test } from 'vitest';
import { runnerInputSchema } from '../../src/api/runner-input.ts';
import { actionsOf } from '../../src/desired/actions.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import type { Observed } from '../../src/state/observed.ts';
import { statusOf } from '../../src/status/status-of.ts';
import {
  cleanupJob,
  failureResult,
  finishedSetup,
  observed,
  postgresSpec,
  sessionStore,
  setupResult,
} from '../builders.ts';
import { madeCronJob } from '../desired/made-cron-job.ts';

const zone = 'America/New_York';
const spec = {
  ...postgresSpec,
  cleanup: { ...postgresSpec.cleanup, connection: { secretName: 'shop-cleaner' } },
};
const store = sessionStore(spec);
const withZone = finishedSetup(store, setupResult({ timeZone: { name: zone, source: 'Connection' } }));
/** The CronJob as it is where no zone is recorded. */
const oldCronJob = () => madeCronJob(store);
const statusAfter = (parts: Partial<Observed>) => statusOf(deriveState(observed({ store, ...parts })));
const actionsFor = (parts: Partial<Observed>) => actionsOf(deriveState(observed({ store, ...parts })));

/** The input of the runner in the CronJob that is created or corrected now. */
function inputOf(parts: Partial<Observed>) {
  const action = actionsFor(parts).find(({ kind }) => kind.endsWith('CronJob'));
  if (action?.kind !== 'createCronJob' && action?.kind !== 'applyCronJob')
    throw new Error(`Expected a CronJob to be written, got ${action?.kind}`);
  const { spec: pod } = action.cronJob.spec.jobTemplate.spec.template as {
    spec: { containers: readonly { args: readonly string[] }[] };
  };
  const args = pod.containers[0]?.args ?? [];
  return runnerInputSchema.parse(JSON.parse(args[args.indexOf('--store') + 1] ?? ''));
}

test('the zone of the application’s role stands in status, and survives a set-up that fails', () => {
  const status = statusAfter({ setupJobs: [withZone] });
  expect(status.setup).toMatchObject({ outcome: 'Created', timeZone: zone });
  const failed = finishedSetup(store, failureResult('ConnectionFailed', 'refused'), 1, 2);
  const later = statusAfter({ store: sessionStore(spec, { status }), setupJobs: [withZone, failed] });
  expect(later.setup).toMatchObject({ outcome: 'Failed', timeZone: zone });
});

test('clean-up gets it from its first CronJob on, and the fact that its connection is its own', () => {
  const input = inputOf({ setupJobs: [withZone] });
  expect(input.recordedTimeZone).toBe(zone);
  expect(input.store.cleanup?.connection).toEqual({ secretName: 'shop-cleaner' });
});

test.each([
  [true, undefined],
  [false, false],
])('where set-up reported marked: %s, clean-up is told marked: %s', (marked, told) => {
  const setupJobs = [finishedSetup(store, setupResult({ marked }))];
  expect(inputOf({ setupJobs }).marked).toBe(told);
  // A failure of the next set-up does not change the known facts about the mark.
  const failed = finishedSetup(store, failureResult('ConnectionFailed', 'refused'), 1, 2);
  const after = sessionStore(spec, { status: statusAfter({ setupJobs: [...setupJobs, failed] }) });
  expect(after.status?.setup).toMatchObject({ outcome: 'Failed', marked });
});

test('a CronJob of before the zone was recorded is corrected', () => {
  const recorded = sessionStore(spec, { status: statusAfter({ setupJobs: [withZone] }) });
  expect(inputOf({ store: recorded, cronJob: oldCronJob() }).recordedTimeZone).toBe(zone);
});

test('set-up runs again, once, after a clean-up that was refused for want of a zone', () => {
  const before = sessionStore(spec, {
    status: statusAfter({ setupJobs: [finishedSetup(store, setupResult())] }),
  });
  const refused = cleanupJob('web-cleanup-1', failureResult('InvalidInput', 'no zone'), 64);
  const status = statusAfter({ store: before, cleanupJobs: [refused], cronJob: oldCronJob() });
  const kinds = (parts: Partial<Observed>) =>
    actionsFor({ cronJob: oldCronJob(), ...parts }).map(({ kind }) => kind);
  const after = sessionStore(spec, { status });
  expect(kinds({ store: after, cleanupJobs: [refused] })).toContain('createJob');
  const known = sessionStore(spec, {
    status: { ...status, setup: { ...status.setup, timeZone: zone } as never },
  });
  expect(kinds({ store: known, cleanupJobs: [refused] })).not.toContain('createJob');
});
