import { expect, test } from 'vitest';
import { type PodView, podsMounting, useOf } from '../../../src/stores/shelve/in-use.ts';

const pod = (name: string, volumes: NonNullable<PodView['spec']>['volumes'], phase = 'Running'): PodView => ({
  metadata: { name, labels: { app: name } },
  spec: { ...(volumes && { volumes }) },
  status: { phase },
});
const claim = (claimName: string) => [{ name: 'data', persistentVolumeClaim: { claimName } }];
const isOwn = ({ app }: Readonly<Record<string, string>>) => app === 'runner';

test('a pod that runs, is pending or about to end mounts its claims; one that has ended does not', () => {
  const pods = [
    pod('web', claim('sessions')),
    pod('next', claim('sessions'), 'Pending'),
    pod('lost', claim('sessions'), 'Unknown'),
    pod('done', claim('sessions'), 'Succeeded'),
    pod('dead', claim('sessions'), 'Failed'),
    pod('other', claim('pictures')),
    pod('none', undefined),
  ];
  expect(podsMounting('sessions', pods, isOwn)).toEqual(['lost', 'next', 'web']);
});

test('the runner’s own pods do not count', () => {
  expect(podsMounting('sessions', [pod('runner', claim('sessions'))], isOwn)).toEqual([]);
});

test('the claim of a generic ephemeral volume is its pod’s', () => {
  const pods = [pod('web', [{ name: 'scratch', ephemeral: {} }])];
  expect(podsMounting('web-scratch', pods, isOwn)).toEqual(['web']);
  expect(podsMounting('scratch', pods, isOwn)).toEqual([]);
});

test('a ReadWriteOncePod claim is exclusive whoever mounts it', () => {
  const view = { spec: { accessModes: ['ReadWriteOncePod'] } };
  expect(useOf('sessions', view, ['web'])).toEqual({ kind: 'Exclusive' });
});

test('any other claim is in use while a pod mounts it, and the sentence names who', () => {
  const view = { spec: { accessModes: ['ReadWriteOnce'] } };
  expect(useOf('sessions', view, [])).toEqual({ kind: 'Unused' });
  const use = useOf('sessions', view, ['a', 'b', 'c', 'd']);
  expect(use).toMatchObject({ kind: 'InUse' });
  expect(use.kind === 'InUse' && use.message).toMatch(/found a, b, c and 1 more\. Scale/);
  expect(useOf('sessions', undefined, ['a']).kind).toBe('InUse');
  expect(
    useOf('sessions', { spec: { accessModes: ['ReadWriteOncePod', 'ReadWriteMany'] } }, ['a']).kind,
  ).toBe('InUse');
});
