import { expect, test } from 'vitest';
import { planJob } from '../../src/desired/plan-job.ts';
import { directorySpec, options, sessionStore } from '../builders.ts';

const podOf = (securityContext: object) =>
  planJob(sessionStore({ ...directorySpec, pod: { securityContext } }), 'plan', options).spec.template as {
    readonly spec: Readonly<Record<string, unknown>>;
  };

test('the kubelet mounts the claim read-only, and gives none of its files to another group', () => {
  const { spec } = podOf({
    runAsUser: 1000,
    fsGroup: 2000,
    fsGroupChangePolicy: 'Always',
    supplementalGroups: [3000],
  });
  expect(spec['securityContext']).toEqual({
    runAsUser: 1000,
    supplementalGroups: [3000, 2000],
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  expect(spec['volumes']).toContainEqual({
    name: 'volume',
    persistentVolumeClaim: { claimName: 'wiki', readOnly: true },
  });
  expect(podOf({ runAsUser: 1000 }).spec['securityContext']).not.toHaveProperty('supplementalGroups');
});
