import { describe, expect, test } from 'vitest';
import { actionsOf } from '../../src/desired/actions.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import type { Observed } from '../../src/state/observed.ts';
import { correctionsOf } from '../../src/status/events-of.ts';
import { statusOf } from '../../src/status/status-of.ts';
import {
  activeSetup,
  cleanupJob,
  cronJob,
  failureResult,
  finishedSetup,
  observed,
  options,
  postgresSpec,
  sessionStore,
  setupResult,
  terminatedPod,
  waitingPod,
} from '../builders.ts';
import { madeCronJob } from './made-cron-job.ts';

const actions = (parts: Partial<Observed>) => actionsOf(deriveState(observed(parts)));
const kinds = (parts: Partial<Observed>) => actions(parts).map(({ kind }) => kind);

const store = sessionStore();
const done = finishedSetup(store, setupResult());
const recorded = sessionStore(postgresSpec, {
  status: statusOf(deriveState(observed({ store, setupJobs: [done] }))),
});

const templateOf = (spec: Record<string, unknown>) =>
  (spec['jobTemplate'] as { spec: { template: { spec: Record<string, unknown> } } & Record<string, unknown> })
    .spec;

describe('set-up', () => {
  test('runs where it never ran', () => expect(kinds({})).toEqual(['createJob']));

  test('is not started twice', () => expect(kinds({ setupJobs: [activeSetup(store)] })).toEqual([]));

  test('is not run again when its finished Job is gone', () =>
    expect(kinds({ store: recorded, cronJob: madeCronJob(recorded) })).toEqual([]));

  test('its Job expires only once its result stands in status', () => {
    expect(kinds({ setupJobs: [done], cronJob: madeCronJob(recorded) })).toEqual([]);
    expect(kinds({ store: recorded, setupJobs: [done], cronJob: madeCronJob(recorded) })).toEqual([
      'expireJob',
    ]);
  });

  test('runs again under the next number when a failed one is due', () => {
    const failed = finishedSetup(store, failureResult('AuthenticationFailed', 'no'), 76);
    expect(kinds({ setupJobs: [failed], now: new Date('2026-11-20T11:00:30Z') })).toEqual([]);
    const [create] = actions({ setupJobs: [failed] });
    expect(create).toMatchObject({
      kind: 'createJob',
      job: { metadata: { name: expect.stringMatching(/^web-setup-[0-9a-f]{8}-2$/) } },
    });
  });

  test('runs at once when somebody asks', () => {
    const asked = {
      ...recorded,
      metadata: { ...recorded.metadata, annotations: { 'sessionstore.dev/reconcile-requested-at': '1' } },
    };
    expect(kinds({ store: asked, cronJob: madeCronJob(recorded) })).toEqual(['createJob']);
  });

  test('verifies a Secret of another name, under the same hash', () => {
    const spec = { ...postgresSpec, backend: { postgres: { connection: { secretName: 'other' } } } };
    const renamed = { ...recorded, spec };
    const [create] = actions({ store: renamed, cronJob: madeCronJob(recorded) });
    expect(create).toMatchObject({ kind: 'createJob', why: 'the name of the Secret has changed' });
  });

  test('runs where clean-up found no store', () => {
    const gone = cleanupJob('web-cleanup-1', failureResult('StoreMissing', 'no table'), 66);
    const status = statusOf(
      deriveState(observed({ store: recorded, cleanupJobs: [gone], cronJob: madeCronJob(recorded) })),
    );
    expect(
      kinds({ store: { ...recorded, status }, cleanupJobs: [gone], cronJob: madeCronJob(recorded) }),
    ).toContain('createJob');
  });

  test('a pod that waits for an image is created again when the image changes', () => {
    const waiting = activeSetup(store, [waitingPod('p', 'ImagePullBackOff')]);
    expect(kinds({ setupJobs: [waiting], options: { ...options, runnerImage: 'better' } })).toEqual([
      'deleteJob',
    ]);
    const running = activeSetup(store, [
      { ...waitingPod('p', ''), status: { containerStatuses: [{ name: 'runner', state: { running: {} } }] } },
    ]);
    expect(kinds({ setupJobs: [running], options: { ...options, runnerImage: 'better' } })).toEqual([]);
  });

  test('a pod that has succeeded is left when the image changes, although its Job has not', () => {
    const ended = (exitCode: number) =>
      activeSetup(store, [terminatedPod('p', exitCode, JSON.stringify(setupResult()))]);
    const kindsAfter = (exitCode: number) =>
      kinds({ setupJobs: [ended(exitCode)], options: { ...options, runnerImage: 'better' } });
    expect(kindsAfter(0)).toEqual([]);
    // The Job would repeat a failure with the old image.
    expect(kindsAfter(1)).toEqual(['deleteJob']);
  });
});

describe('the CronJob', () => {
  const healthy = { store: recorded };

  test('is made once the store is there', () => expect(kinds(healthy)).toEqual(['createCronJob']));

  test('is left alone as it was made', () =>
    expect(kinds({ ...healthy, cronJob: madeCronJob(recorded) })).toEqual([]));

  test.each<[string, (spec: Record<string, unknown>) => void]>([
    ['another schedule', (spec) => Object.assign(spec, { schedule: '* * * * *' })],
    [
      'another image',
      (spec) =>
        Object.assign((templateOf(spec).template.spec['containers'] as object[])[0] as object, {
          image: 'evil',
        }),
    ],
    ['no deadline', (spec) => Object.assign(spec, { startingDeadlineSeconds: undefined })],
    ['suspended by hand', (spec) => Object.assign(spec, { suspend: true })],
  ])('is applied again over %s', (_what, change) => {
    expect(kinds({ ...healthy, cronJob: madeCronJob(recorded, change) })).toEqual(['applyCronJob']);
  });

  test.each<[string, (spec: Record<string, unknown>) => void]>([
    [
      'a container',
      (spec) => (templateOf(spec).template.spec['containers'] as object[]).push({ name: 'spy', image: 'x' }),
    ],
    [
      'a volume',
      (spec) =>
        (templateOf(spec).template.spec['volumes'] as object[]).push({
          name: 'host',
          hostPath: { path: '/' },
        }),
    ],
    [
      'an init container',
      (spec) => Object.assign(templateOf(spec).template.spec, { initContainers: [{ name: 'spy' }] }),
    ],
    ['the host’s network', (spec) => Object.assign(templateOf(spec).template.spec, { hostNetwork: true })],
    [
      'a variable',
      (spec) =>
        Object.assign((templateOf(spec).template.spec['containers'] as object[])[0] as object, {
          env: [{ name: 'A' }],
        }),
    ],
    ['parallelism', (spec) => Object.assign(templateOf(spec), { parallelism: 9 })],
  ])('with %s that another client added is made again', (_what, change) => {
    expect(kinds({ ...healthy, cronJob: madeCronJob(recorded, change) })).toEqual(['deleteCronJob']);
  });

  test('that reads back with defaults and quantities of another form is left alone', () => {
    const there = madeCronJob(recorded, (spec) => {
      const pod = templateOf(spec).template.spec;
      Object.assign(pod, { dnsPolicy: 'ClusterFirst', schedulerName: 'default-scheduler' });
      Object.assign((pod['containers'] as object[])[0] as object, {
        resources: { requests: { cpu: '0.02', memory: '64Mi' }, limits: { memory: '262144Ki' } },
      });
    });
    expect(kinds({ ...healthy, cronJob: there })).toEqual([]);
  });

  test('of somebody else’s is not touched', () => {
    const foreign = { ...madeCronJob(recorded), metadata: cronJob({}, 'another-uid').metadata };
    expect(kinds({ ...healthy, cronJob: foreign })).toEqual(['createCronJob']);
  });

  test('goes when the spec has no cleanup any more', () => {
    const { cleanup: _none, ...spec } = postgresSpec;
    expect(kinds({ store: { ...recorded, spec }, cronJob: madeCronJob(recorded) })).toEqual([
      'deleteCronJob',
    ]);
  });
});

describe('events of a correction', () => {
  const told = (parts: Partial<Observed>) =>
    correctionsOf(observed(parts), actions(parts)).map(({ note }) => note);
  const store = {
    ...recorded,
    status: statusOf(deriveState(observed({ store: recorded, cronJob: madeCronJob(recorded) }))),
  };

  test('an edit, a deletion and an addition of somebody’s are news', () => {
    const edited = madeCronJob(recorded, (spec) => Object.assign(spec, { schedule: '* * * * *' }));
    expect(told({ store, cronJob: edited })).toEqual(['the CronJob was changed and is changed back']);
    expect(told({ store })).toEqual(['the CronJob was deleted and is created again']);
    const added = madeCronJob(recorded, (spec) =>
      Object.assign(templateOf(spec).template.spec, { hostNetwork: true }),
    );
    expect(told({ store, cronJob: added })).toEqual([
      'the CronJob is created again: another client added hostNetwork',
    ]);
  });

  test('another spec and another image of the operator are not', () => {
    const changed = {
      ...store,
      metadata: { ...store.metadata, generation: 2 },
      spec: { ...postgresSpec, cleanup: { schedule: '1 * * * *' } },
    };
    expect(told({ store: changed, cronJob: madeCronJob(recorded) })).toEqual([]);
    expect(
      told({ store, cronJob: madeCronJob(recorded), options: { ...options, runnerImage: 'another:1' } }),
    ).toEqual([]);
  });
});

describe('suspend', () => {
  test('of clean-up leaves nothing to be put right once it is held', () => {
    const spec = { ...postgresSpec, cleanup: { ...postgresSpec.cleanup, suspend: true } };
    const held = madeCronJob(recorded, (made) => Object.assign(made, { suspend: true }));
    expect(kinds({ store: { ...recorded, spec }, cronJob: held })).toEqual([]);
  });

  test('of the store touches nothing else', () => {
    const suspended = { ...recorded, spec: { ...postgresSpec, suspend: true } };
    expect(kinds({ store: suspended, cronJob: madeCronJob(recorded), setupJobs: [done] })).toEqual([]);
    expect(kinds({ store: sessionStore({ ...postgresSpec, suspend: true }) })).toEqual([]);
  });
});
