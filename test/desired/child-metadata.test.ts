import { describe, expect, test } from 'vitest';
import type { CronJob } from '../../src/api/kubernetes.ts';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import { actionsOf } from '../../src/desired/actions.ts';
import { cleanupCronJob } from '../../src/desired/cleanup-cron-job.ts';
import { setupJob } from '../../src/desired/setup-job.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import { specHash } from '../../src/state/hash.ts';
import type { OperatorOptions } from '../../src/state/observed.ts';
import { preflight } from '../../src/state/preflight.ts';
import { correctionsOf } from '../../src/status/events-of.ts';
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
import { schedule } from './made-cron-job.ts';

const cronJobOf = (spec: SessionStoreSpec, started: OperatorOptions = options) =>
  cleanupCronJob(sessionStore(spec), started, schedule);

const childMetadata = {
  labels: { team: 'shop', 'kueue.x-k8s.io/queue-name': 'nightly', 'app.kubernetes.io/managed-by': 'me' },
  annotations: { 'example.com/cost': '12' },
};
const spec: SessionStoreSpec = { ...postgresSpec, childMetadata };
const asked = { team: 'shop', 'kueue.x-k8s.io/queue-name': 'nightly' };
const own = { 'app.kubernetes.io/managed-by': 'session-store-operator', 'sessionstore.dev/store': 'web' };

describe('childMetadata', () => {
  test('is on the CronJob, its Jobs and set-up’s, and its labels on their pods; the operator’s own labels win', () => {
    const made = cronJobOf(spec);
    const job = setupJob(sessionStore(spec), options, 1);
    for (const { metadata } of [made, made.spec.jobTemplate, job]) {
      expect(metadata.labels).toMatchObject({ ...asked, ...own });
      expect(metadata.annotations).toMatchObject({ 'example.com/cost': '12' });
    }
    for (const { template } of [made.spec.jobTemplate.spec, job.spec]) {
      const { labels, annotations } = template['metadata'] as { labels: object; annotations?: object };
      expect(labels).toMatchObject({ ...asked, ...own });
      expect(annotations).toBeUndefined();
    }
  });

  test('gives way to pod.labels on the pods', () => {
    const { template } = setupJob(
      sessionStore({ ...spec, pod: { labels: { team: 'pods' } } }),
      options,
      1,
    ).spec;
    expect(template['metadata']).toMatchObject({ labels: { team: 'pods' } });
  });

  test('of the operator’s flags is on those of every store, whose own wins', () => {
    const labels = { team: 'platform', zone: 'a' };
    const started = { ...options, childMetadata: { labels, annotations: { note: 'x' } } };
    const { metadata } = cronJobOf(spec, started);
    expect(metadata.labels).toMatchObject({ team: 'shop', zone: 'a', ...own });
    expect(metadata.annotations).toMatchObject({ note: 'x', 'example.com/cost': '12' });
  });

  test('sets up nothing again', () => expect(specHash(spec)).toBe(specHash(postgresSpec)));

  test('never takes what a GitOps tool put on the store', () => {
    const tracked = { 'argocd.argoproj.io/instance': 'shop', 'app.kubernetes.io/instance': 'shop' };
    const store = sessionStore(spec, { labels: tracked, annotations: tracked });
    const { metadata } = setupJob(store, options, 1);
    expect(Object.keys({ ...metadata.labels, ...metadata.annotations })).not.toContain(
      'argocd.argoproj.io/instance',
    );
    expect(metadata.labels).not.toHaveProperty('app.kubernetes.io/instance');
  });

  test('has annotations that the operator’s flag allows', () => {
    const store = sessionStore(spec);
    expect(preflight(observed({ store }))).toMatchObject({
      reason: 'InvalidSpec',
      message: expect.stringContaining('spec.childMetadata.annotations'),
    });
    const allowing = { ...options, allowedAnnotations: ['example.com/*'] };
    expect(preflight(observed({ store, options: allowing }))).toBeUndefined();
  });
});

describe('a change of childMetadata', () => {
  const status = statusOf(
    deriveState(observed({ setupJobs: [finishedSetup(sessionStore(), setupResult())] })),
  );
  const there = (made: ReturnType<typeof cleanupCronJob>): CronJob => {
    const { uid, resourceVersion, creationTimestamp } = cronJob().metadata;
    return {
      ...made,
      metadata: { ...made.metadata, uid, resourceVersion, creationTimestamp, generation: 3 },
    };
  };
  const written = (before: SessionStoreSpec, after: SessionStoreSpec, started = options) => {
    const store = sessionStore(after, { status });
    const all = observed({ store, cronJob: there(cronJobOf(before)), options: started });
    return { all, actions: actionsOf(deriveState(all)) };
  };

  test('is absent without childMetadata, as on a CronJob of an earlier version', () => {
    const { 'sessionstore.dev/child-keys': keys, ...annotations }: Record<string, string> =
      cronJobOf(postgresSpec).metadata.annotations;
    expect(keys).toBe('');
    const made = there(cronJobOf(postgresSpec));
    const earlier = { ...made, metadata: { ...made.metadata, annotations } };
    const store = sessionStore(postgresSpec, { status });
    expect(actionsOf(deriveState(observed({ store, cronJob: earlier })))).toEqual([]);
    expect(written(spec, spec).actions).toEqual([]);
  });

  test('is applied to the CronJob', () =>
    expect(written(postgresSpec, spec).actions).toMatchObject([{ kind: 'applyCronJob' }]));

  test('takes away by name what is asked for no more', () => {
    const { labels } = childMetadata;
    const [prune, apply, ...rest] = written(spec, {
      ...spec,
      childMetadata: { labels: { team: labels.team } },
    }).actions;
    const gone = { 'kueue.x-k8s.io/queue-name': null };
    expect(prune).toMatchObject({ kind: 'pruneCronJob' });
    expect(prune).toHaveProperty('patch', {
      metadata: {
        labels: gone,
        annotations: { 'example.com/cost': null, 'sessionstore.dev/child-keys': 'team;' },
      },
      spec: {
        jobTemplate: {
          metadata: { labels: gone, annotations: { 'example.com/cost': null } },
          spec: { template: { metadata: { labels: gone } } },
        },
      },
    });
    expect(apply).toMatchObject({ kind: 'applyCronJob' });
    expect(rest).toEqual([]);
  });

  test('leaves what somebody else put there', () => {
    const made = there(cronJobOf(postgresSpec));
    const labels = { ...made.metadata.labels, theirs: 'x' };
    const labelled = { ...made, metadata: { ...made.metadata, labels } };
    const store = sessionStore(postgresSpec, { status });
    expect(actionsOf(deriveState(observed({ store, cronJob: labelled })))).toEqual([]);
  });

  test('by a flag is no correction of what somebody did', () => {
    const started = { ...options, childMetadata: { labels: { team: 'platform' }, annotations: {} } };
    const { all, actions } = written(postgresSpec, postgresSpec, started);
    expect(actions).toMatchObject([{ kind: 'applyCronJob' }]);
    expect(correctionsOf(all, actions)).toEqual([]);
  });
});
