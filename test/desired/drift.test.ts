import { describe, expect, test } from 'vitest';
import { contains, foreignParts } from '../../src/desired/drift.ts';

describe('sent fields exist', () => {
  test.each<[string, unknown, unknown]>([
    ['though the server added defaults', { a: 1, added: { by: 'default' } }, { a: 1 }],
    ['though a false, a nought or an empty list reads back as nothing', {}, { a: false, b: 0, c: [], d: '' }],
    ['where nothing was sent and something empty is there', { a: {} }, { a: undefined }],
    ['with items that carry more than was sent', [{ name: 'x', protocol: 'TCP' }], [{ name: 'x' }]],
  ])('%s', (_how, there, sent) => {
    expect(contains(there, sent)).toBe(true);
  });

  test.each([
    ['1000m', '1'],
    ['0.5', '500m'],
    ['1024Mi', '1Gi'],
    ['1000k', '1M'],
    ['0.1', '100m'],
    ['1000T', '1P'],
    ['1024Ti', '1Pi'],
    ['1000000Ti', '1000000Ti'],
    ['1048576Ti', '1Ei'],
    ['1000000000000000000', '1E'],
    ['1000000', '1e6'],
    ['0.5m', '500u'],
    ['0.0000001', '100n'],
    ['99999999999999999999', '9223372036854775807'],
  ])('though a quantity of %s reads back as %s', (sent, there) => {
    const container = (cpu: string) => [{ resources: { limits: { cpu } } }];
    expect(contains({ containers: container(there) }, { containers: container(sent) })).toBe(true);
  });
});

describe('sent fields are missing', () => {
  test.each<[string, unknown, unknown]>([
    ['where a value is another', { a: 2 }, { a: 1 }],
    ['where true reads back as nothing', {}, { a: true }],
    ['where a false became true', { a: true }, { a: false }],
    ['where a list has one item more', ['a', 'b'], ['a']],
    ['where a list is in another order', ['b', 'a'], ['a', 'b']],
    ['where a list became an object', { 0: 'a' }, ['a']],
    ['where an object became null', { a: null }, { a: { b: 1 } }],
    ['where a number became a string', { a: '1' }, { a: 1 }],
  ])('%s', (_how, there, sent) => {
    expect(contains(there, sent)).toBe(false);
  });

  test('where a quantity is another', () => {
    const limits = (memory: string) => ({ x: { resources: { limits: { memory } } } });
    expect(contains(limits('1Gi'), limits('1G'))).toBe(false);
    expect(contains(limits('1P'), limits('1Pi'))).toBe(false);
    expect(contains(limits('1u'), limits('1n'))).toBe(false);
    expect(contains(limits('lots'), limits('more'))).toBe(false);
  });

  test('where something that only looks like a quantity is another', () => {
    expect(contains({ image: { tag: '1' } }, { image: { tag: '1000m' } })).toBe(false);
  });
});

describe('parts that another client put into a pod', () => {
  const sent = {
    restartPolicy: 'Never',
    containers: [{ name: 'runner', image: 'x', args: ['setup'] }],
    volumes: [{ name: 'connection' }],
  };

  test('is nothing where the server added its defaults', () => {
    const there = {
      ...sent,
      dnsPolicy: 'ClusterFirst',
      schedulerName: 'default-scheduler',
      securityContext: {},
      containers: [{ ...sent.containers[0], resources: {}, terminationMessagePolicy: 'File' }],
    };
    expect(foreignParts(there, sent)).toEqual([]);
  });

  test('is named: a field, a container, a volume, and what is inside of ours', () => {
    const there = {
      ...sent,
      hostNetwork: true,
      containers: [{ ...sent.containers[0], env: [{ name: 'A', value: '1' }] }, { name: 'sidecar' }],
      volumes: [...sent.volumes, { name: 'docker-socket' }],
    };
    expect(foreignParts(there, sent)).toEqual([
      'hostNetwork',
      'containers/sidecar',
      'volumes/docker-socket',
      'containers/runner.env',
    ]);
  });

  test('is named, too, where it is a list that nothing was sent of', () => {
    expect(foreignParts({ ...sent, initContainers: [{ name: 'init' }] }, sent)).toEqual(['initContainers']);
  });

  test('is nothing where it is empty', () => {
    expect(foreignParts({ ...sent, hostNetwork: false, initContainers: [] }, sent)).toEqual([]);
  });
});
