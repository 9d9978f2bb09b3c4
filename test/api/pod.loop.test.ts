import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import { cleanupCronJob } from '../../src/desired/cleanup-cron-job.ts';
import { setupJob } from '../../src/desired/setup-job.ts';
import { scheduleOf } from '../../src/state/schedule.ts';
import { cronJobPath, jobPath } from '../api-client.ts';
import { options, postgresSpec, sessionStore } from '../builders.ts';
import { Dice, podSection } from './pod-section.ts';
import { startTrial, type Trial } from './trial.ts';

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
});
afterAll(() => trial[Symbol.asyncDispose]());

const tries = 200;

/** Why the API server refuses what the operator makes of a spec. */
async function childRefusal(spec: SessionStoreSpec): Promise<string | undefined> {
  const store = sessionStore(spec, { namespace: 'default' });
  const schedule = scheduleOf('17 * * * *', 'default', 'web');
  if (!schedule.ok) throw new Error(schedule.message);
  const query = '?dryRun=All&fieldValidation=Strict';
  const answers = await Promise.all([
    trial.api.request('POST', jobPath('default') + query, setupJob(store, options, 1)),
    trial.api.request('POST', cronJobPath('default') + query, cleanupCronJob(store, options, schedule)),
    // As the CronJob of an earlier spec is put right.
    trial.api.request(
      'PATCH',
      `${cronJobPath('default', 'web-cleanup')}${query}&fieldManager=test&force=true`,
      cleanupCronJob(store, options, schedule),
      'application/apply-patch+yaml',
    ),
  ]);
  return answers.find(({ status }) => status >= 300)?.body.message;
}

describe('a pod section', () => {
  test('that the API server takes in a SessionStore it takes in the Job and the CronJob, too', async () => {
    const dice = new Dice(8);
    let taken = 0;
    const surprises: unknown[] = [];
    for (let i = 0; i < tries; i += 1) {
      const pod = podSection(dice);
      const spec = { ...postgresSpec, pod } as SessionStoreSpec;
      if ((await trial.refusal(spec)) !== undefined) continue;
      taken += 1;
      const refusal = await childRefusal(spec);
      if (refusal !== undefined) surprises.push({ pod, refusal });
    }
    expect(surprises).toEqual([]);
    expect(taken).toBeGreaterThan(tries / 4);
    expect(taken).toBeLessThan((tries * 9) / 10);
  });

  const term = (rest: object) => ({
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...rest }] } },
  });
  const node = (requirement: object) => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [requirement] }],
        },
      },
    },
  });

  test.each<[string, object, string]>([
    ['a typo in its affinity', term({ topologykey: 'zone' }), 'unknown field'],
    ['an affinity without a topology', term({ labelSelector: {} }), 'topologyKey: Required value'],
    [
      'values where the operator takes none',
      node({ key: 'a', operator: 'Exists', values: ['b'] }),
      'need values',
    ],
    ['no values where the operator needs some', node({ key: 'a', operator: 'In' }), 'need values'],
    ['two values to be greater than', node({ key: 'a', operator: 'Gt', values: ['1', '2'] }), 'single value'],
    ['a pull secret twice', { imagePullSecrets: [{ name: 'a' }, { name: 'a' }] }, 'Duplicate value'],
    ['a label’s key with a blank', { labels: { 'a b': 'c' } }, 'keys must be label keys'],
    ['an invalid label value', { labels: { a: '-' } }, 'should match'],
    ['a toleration of everything that is equal', { tolerations: [{ operator: 'Equal' }] }, 'must be Exists'],
    [
      'a toleration of any value with a value',
      { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] },
      'left out',
    ],
    [
      'a toleration for a time with an effect that does not evict',
      { tolerations: [{ key: 'a', tolerationSeconds: 5 }] },
      'NoExecute',
    ],
    [
      'requests above limits',
      { resources: { requests: { memory: '1Gi' }, limits: { memory: '1000Mi' } } },
      'at most limits.memory',
    ],
  ])('is refused for %s, with a sentence', async (_what, pod, sentence) =>
    expect(await trial.refusal({ ...postgresSpec, pod })).toContain(sentence),
  );
});
