import { describe, expect, test } from 'vitest';
import type { CleanupReport } from '../../src/api/runner-result.ts';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import { cleanupCronJob } from '../../src/desired/cleanup-cron-job.ts';
import { descriptionHash } from '../../src/state/hash.ts';
import { scheduleOf } from '../../src/state/schedule.ts';
import { cleanupJob, cleanupResult, cronJob, options, sessionStore } from '../builders.ts';
import { conditionOf, messageOf, status } from './status-fixture.ts';

const confirmed = (time = 'ends_at'): SessionStoreSpec => ({
  backend: { mysql: { connection: { secretName: 'db' }, table: 'tokens' } },
  layout: 'custom',
  customLayout: { means: 'expiry', table: { key: 'token', time, unit: 's' }, confirmed: true },
  cleanup: { schedule: '17 * * * *' },
});

const made = (store: ReturnType<typeof sessionStore>) => {
  const schedule = scheduleOf('17 * * * *', 'shop', 'web');
  if (!schedule.ok) throw new Error(schedule.message);
  return cleanupCronJob(store, options, schedule);
};

/** The runner's input in the CronJob for this store. */
function inputOf(store: ReturnType<typeof sessionStore>): { readonly counted?: boolean } {
  const { spec } = made(store).spec.jobTemplate.spec.template as {
    spec: { containers: readonly { args: readonly string[] }[] };
  };
  return JSON.parse(spec.containers[0]?.args[2] ?? '');
}

/** The status after a run of that CronJob with these figures. */
function statusAfter(spec: SessionStoreSpec, report: Partial<CleanupReport>) {
  const store = sessionStore(spec);
  const run = cleanupJob('web-cleanup-1', cleanupResult(report));
  const { annotations } = made(store).spec.jobTemplate.metadata;
  const job = { ...run.job, metadata: { ...run.job.metadata, annotations } };
  return status({ store, cronJob: cronJob(), cleanupJobs: [{ ...run, job }] });
}

const counted = { dryRun: true, deleted: 0, overdue: 5, notes: ['only counted'] };

describe('a custom layout that is confirmed in its first manifest', () => {
  test('is only counted, and the condition says why', () => {
    expect(inputOf(sessionStore(confirmed()))).not.toHaveProperty('counted');
    const after = statusAfter(confirmed(), counted);
    expect(conditionOf(after, 'CleanedUp')).toBe('False WouldCleanUp');
    expect(messageOf(after, 'CleanedUp')).toContain('only counted');
  });

  test('is cleaned once status shows a count by this very description', () => {
    const after = statusAfter(confirmed(), counted);
    expect(after.cleanup?.countedLayout).toBe(descriptionHash(confirmed()));
    expect(inputOf(sessionStore(confirmed(), { status: after }))).toMatchObject({ counted: true });
    const other = { ...confirmed(), layoutOptions: { timeZone: 'UTC' } };
    expect(inputOf(sessionStore(other, { status: after }))).not.toHaveProperty('counted');
    expect(inputOf(sessionStore(confirmed('made_at'), { status: after }))).not.toHaveProperty('counted');
  });

  test('stays counted by later runs, and through a change of confirmed alone', () => {
    const after = statusAfter(confirmed(), counted);
    const later = status({ store: sessionStore(confirmed(), { status: after }), cronJob: cronJob() });
    expect(later.cleanup?.countedLayout).toBe(after.cleanup?.countedLayout);
    const { customLayout } = confirmed();
    const again = { ...confirmed(), customLayout: customLayout && { ...customLayout, confirmed: false } };
    expect(inputOf(sessionStore(again, { status: after }))).toMatchObject({ counted: true });
  });

  test.each([
    ['an incomplete count', { ...counted, complete: false }],
    ['a run that deleted', { dryRun: false }],
  ])('is not counted by %s', (_what, report) => {
    expect(statusAfter(confirmed(), report).cleanup).not.toHaveProperty('countedLayout');
  });
});

test('a library’s layout has no description to count by', () => {
  expect(descriptionHash({ ...confirmed(), layout: 'django', customLayout: undefined })).toBeUndefined();
});
