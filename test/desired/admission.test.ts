import { describe, expect, test } from 'vitest';
import type { CronJob } from '../../src/api/kubernetes.ts';
import { actionsOf } from '../../src/desired/actions.ts';
import { cleanupCronJob } from '../../src/desired/cleanup-cron-job.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import { scheduleOf } from '../../src/state/schedule.ts';
import { statusOf } from '../../src/status/status-of.ts';
import {
  cronJob,
  finishedSetup,
  observed,
  options,
  postgresSpec,
  sessionStore,
  setupResult,
} from '../builders.ts';

const setupJobs = [finishedSetup(sessionStore(), setupResult())];
const store = sessionStore(postgresSpec, { status: statusOf(deriveState(observed({ setupJobs }))) });

/** Our CronJob with a toleration that we did not send. */
function withToleration(generation: number): CronJob {
  const schedule = scheduleOf('17 * * * *', 'shop', 'web');
  if (!schedule.ok) throw new Error(schedule.message);
  const made = cleanupCronJob(store, options, schedule);
  const there = structuredClone(made) as unknown as CronJob;
  const { jobTemplate } = there.spec as unknown as { jobTemplate: { spec: { template: { spec: object } } } };
  Object.assign(jobTemplate.spec.template.spec, { tolerations: [{ operator: 'Exists' }] });
  return { ...there, metadata: { ...cronJob().metadata, ...made.metadata, generation } };
}

const kinds = (there: CronJob) =>
  actionsOf(deriveState(observed({ store, cronJob: there }))).map(({ kind }) => kind);

describe('a CronJob with a toleration that we did not send', () => {
  test('is left alone where admission put it there: made again, it would have it again', () => {
    expect(kinds(withToleration(1))).toEqual([]);
  });

  test('is made again where somebody changed it since', () => {
    expect(kinds(withToleration(2))).toEqual(['deleteCronJob']);
  });

  test('is made again where it is what an older spec asked for', () => {
    const there = withToleration(1);
    const annotations = { ...there.metadata.annotations, 'sessionstore.dev/template-hash': 'older' };
    expect(kinds({ ...there, metadata: { ...there.metadata, annotations } })).toEqual(['deleteCronJob']);
  });

  test('is still put right where the spec wants something else', () => {
    const there = withToleration(1);
    expect(kinds({ ...there, spec: { ...there.spec, schedule: '5 * * * *' } })).toEqual(['applyCronJob']);
  });
});
