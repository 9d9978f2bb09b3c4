import { describe, expect, test } from 'vitest';
import { runnerInputSchema } from '../../src/api/runner-input.ts';
import { setupJob } from '../../src/desired/setup-job.ts';
import { cleanupCronJobName, nextAttempt, setupJobName } from '../../src/state/child-names.ts';
import { hashOf, specHash } from '../../src/state/hash.ts';
import { directorySpec, newCleanup, options, postgresSpec, sessionStore, shelveSpec } from '../builders.ts';

interface PodSpec {
  readonly containers: readonly { readonly args: readonly string[]; readonly env?: unknown }[];
  readonly volumes: readonly Record<string, unknown>[];
  readonly affinity?: unknown;
  readonly securityContext: Record<string, unknown>;
}

const podOf = (spec = postgresSpec): PodSpec =>
  setupJob(sessionStore(spec), options, 1).spec.template['spec'] as PodSpec;

describe('names', () => {
  const longest = 'a'.repeat(44);
  test('fit Kubernetes at a store’s longest name', () => {
    expect(setupJobName(longest, '12345678', 999)).toHaveLength(63);
    expect(cleanupCronJobName(longest)).toHaveLength(52);
  });
  test('start again at 1 after attempt 999', () =>
    expect([nextAttempt(0), nextAttempt(998), nextAttempt(999)]).toEqual([1, 999, 1]));
});

describe('the hash', () => {
  const base = specHash(postgresSpec);
  const withBackend = (backend: object) => ({
    ...postgresSpec,
    backend: { postgres: { connection: { secretName: 'shop-db' }, ...backend } },
  });

  test('is that of what shapes the store', () => {
    expect(specHash(withBackend({ table: 'other' }))).not.toBe(base);
    expect(specHash({ ...postgresSpec, setup: { createIndex: true } })).not.toBe(base);
    expect(specHash({ ...postgresSpec, setup: { migrate: true } })).not.toBe(base);
    expect(specHash({ ...postgresSpec, setup: { ifExists: 'Overwrite', overwriteToken: '1' } })).not.toBe(
      base,
    );
  });

  test('ignores what does not shape the store', () => {
    expect(specHash(withBackend({ connection: { secretName: 'renamed' } }))).toBe(base);
    expect(specHash(withBackend({ schema: 'public', table: 'session' }))).toBe(base);
    expect(
      specHash({ ...postgresSpec, ...{ pod: { priorityClassName: 'low' } }, cleanup: { expiredFor: '9d' } }),
    ).toBe(base);
    expect(specHash({ ...postgresSpec, setup: { ifExists: 'Fail' } })).toBe(base);
    expect(specHash({ ...postgresSpec, setup: { createIndex: false, migrate: false } })).toBe(base);
  });

  test('does not depend on the order of keys', () =>
    expect(hashOf({ a: 1, b: { c: 2, d: 3 } })).toBe(hashOf({ b: { d: 3, c: 2 }, a: 1 })));
});

describe('the pod', () => {
  test('gets the store as an argument that its schema reads back', () => {
    const { args } = podOf().containers[0] ?? { args: [] };
    const input = runnerInputSchema.parse(JSON.parse(args[args.indexOf('--store') + 1] ?? ''));
    expect(input.owner).toEqual({ installation: 'test-installation', namespace: 'shop', name: 'web' });
    expect(input.store.backend).toEqual(postgresSpec.backend);
  });

  test('mounts the Secret as an optional volume and has no environment', () => {
    const { containers, volumes } = podOf();
    expect(containers[0]?.env).toBeUndefined();
    expect(volumes).toContainEqual({
      name: 'connection',
      secret: { secretName: 'shop-db', optional: true, defaultMode: 0o444 },
    });
  });

  test('mounts the claim of a directory, and no Secret', () => {
    expect(podOf(directorySpec).volumes).toEqual([
      { name: 'tmp', emptyDir: {} },
      { name: 'volume', persistentVolumeClaim: { claimName: 'wiki' } },
    ]);
  });

  test('of a store that needs Python has the image with Python, and a writable place outside the claim', () => {
    const { containers, volumes } = podOf(shelveSpec);
    expect(containers[0]).toMatchObject({
      image: 'session-store-operator-python:test',
      volumeMounts: [
        { name: 'tmp', mountPath: '/tmp' },
        { name: 'volume', mountPath: '/volume' },
      ],
    });
    expect(volumes[0]).toEqual({ name: 'tmp', emptyDir: {} });
    expect(podOf(directorySpec).containers[0]).toMatchObject({ image: 'session-store-operator:test' });
  });

  test('may use what the user says, else what its store needs', () => {
    const containerOf = (spec: typeof postgresSpec) => podOf(spec).containers[0];
    const durus = { backend: { durus: { host: 'durus' } } };
    const own = { requests: { memory: '1Mi' } };
    const limited = (memory: string) => ({ resources: { limits: { memory } } });
    expect(containerOf(postgresSpec)).toMatchObject(limited('256Mi'));
    expect(containerOf(durus)).toMatchObject(limited('1Gi'));
    expect(containerOf({ ...durus, pod: { resources: own } })).toMatchObject({ resources: own });
  });

  test('has no default user and no default fsGroup, and cannot be told to run as root', () => {
    expect(podOf().securityContext).toEqual({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(
      podOf({ ...postgresSpec, pod: { securityContext: { runAsUser: 1000 } } }).securityContext,
    ).toMatchObject({ runAsUser: 1000, runAsNonRoot: true });
  });

  test('has nobody to run beside where it waits until the application is gone', () => {
    const colocateWith = { app: 'wiki' };
    const spec = {
      ...shelveSpec,
      backend: { shelve: { claimName: 'wiki', path: 'sessions', colocateWith } },
    };
    const cleaned = newCleanup(sessionStore(spec)).job.spec as { template?: { spec: PodSpec } };
    expect(cleaned.template?.spec.volumes).toHaveLength(2);
    expect(cleaned.template?.spec.affinity).toBeUndefined();
    // Set-up does not wait, so it has to be where the claim is.
    expect(podOf(spec).affinity).toMatchObject({ podAffinity: expect.anything() });
  });

  test('runs beside the application where the claim is ReadWriteOnce', () => {
    const spec = {
      ...directorySpec,
      backend: { directory: { claimName: 'wiki', path: 'sessions', colocateWith: { app: 'wiki' } } },
    };
    expect(podOf(spec).affinity).toEqual({
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          {
            labelSelector: {
              matchExpressions: [
                {
                  key: 'app',
                  operator: 'In',
                  values: ['wiki', expect.stringMatching(/^on-claim-[0-9a-f]{8}$/)],
                },
              ],
            },
            topologyKey: 'kubernetes.io/hostname',
          },
        ],
      },
    });
  });
});
