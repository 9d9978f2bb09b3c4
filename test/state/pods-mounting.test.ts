import { expect, test } from 'vitest';
import type { Pod } from '../../src/api/kubernetes.ts';
import { labelsOf } from '../../src/state/labels.ts';
import { podsMounting } from '../../src/state/pods-mounting.ts';
import { pod, sessionStore } from '../builders.ts';

type Volumes = NonNullable<Pod['spec']>['volumes'];

const mounting = (name: string, volumes: Volumes, phase = 'Running'): Pod => ({
  ...pod(name, { phase }),
  spec: { ...(volumes && { volumes }) },
});
const claim = (claimName: string) => [{ name: 'data', persistentVolumeClaim: { claimName } }];

test('a pod that runs, is pending or out of reach mounts its claims; one that has ended does not', () => {
  const pods = [
    mounting('web', claim('sessions')),
    mounting('next', claim('sessions'), 'Pending'),
    mounting('lost', claim('sessions'), 'Unknown'),
    mounting('done', claim('sessions'), 'Succeeded'),
    mounting('dead', claim('sessions'), 'Failed'),
    mounting('other', claim('pictures')),
    mounting('none', undefined),
  ];
  expect(podsMounting('sessions', pods)).toEqual(['lost', 'next', 'web']);
});

test('a pod whose second volume is the claim mounts it', () => {
  const volumes = [{ name: 'tmp' }, ...claim('pictures'), ...claim('sessions')];
  expect(podsMounting('sessions', [mounting('web', volumes)])).toEqual(['web']);
});

test('the runner’s own pods do not count; one that only has their labels does', () => {
  const web = mounting('web', claim('sessions'));
  const labels = labelsOf(sessionStore(), 'cleanup');
  const ownedBy = (kind: string): Pod => ({
    ...web,
    metadata: {
      ...web.metadata,
      labels,
      ownerReferences: [{ apiVersion: 'v1', kind, name: 'x', uid: 'x', controller: true }],
    },
  });
  expect(podsMounting('sessions', [ownedBy('Job')])).toEqual([]);
  expect(podsMounting('sessions', [ownedBy('ReplicaSet')])).toEqual(['web']);
  expect(podsMounting('sessions', [{ ...web, metadata: { ...web.metadata, labels } }])).toEqual(['web']);
});

test('the claim of a generic ephemeral volume is its pod’s', () => {
  const pods = [mounting('web', [{ name: 'scratch', ephemeral: {} }])];
  expect(podsMounting('web-scratch', pods)).toEqual(['web']);
  expect(podsMounting('scratch', pods)).toEqual([]);
});
