import { describe, expect, test } from 'vitest';
import type { CronJob } from '../../src/api/kubernetes.ts';
import { actionsOf } from '../../src/desired/actions.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import { statusOf } from '../../src/status/status-of.ts';
import { finishedSetup, observed, postgresSpec, sessionStore, setupResult } from '../builders.ts';
import { madeCronJob } from './made-cron-job.ts';

const setupJobs = [finishedSetup(sessionStore(), setupResult())];
const store = sessionStore(postgresSpec, { status: statusOf(deriveState(observed({ setupJobs }))) });

/** Our CronJob with a toleration that we did not send. */
function withToleration(generation: number): CronJob {
  const there = madeCronJob(store, (spec) => {
    const { jobTemplate } = spec as { jobTemplate: { spec: { template: { spec: object } } } };
    Object.assign(jobTemplate.spec.template.spec, { tolerations: [{ operator: 'Exists' }] });
  });
  return { ...there, metadata: { ...there.metadata, generation } };
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
