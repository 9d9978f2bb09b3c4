import { expect, test } from 'vitest';
import type { Pod } from '../../../src/api/kubernetes.ts';
import { discoverJob } from '../../../src/cli/discover/job.ts';
import { neighbourIn } from '../../../src/cli/discover/neighbour.ts';

const image = { image: 'runner:1', imagePullPolicy: 'IfNotPresent' } as const;
const search = { unmodifiedFor: '14d', ttl: '14d' };

test('a Job mounts the Secret for its pod alone, and a claim to read', () => {
  const ofSecret = JSON.stringify(discoverJob('shop', { secretName: 'shop-db' }, search, image));
  expect(ofSecret).toContain('"secret":{"secretName":"shop-db","optional":true');
  expect(ofSecret).not.toContain('persistentVolumeClaim');
  expect(ofSecret).toContain('"automountServiceAccountToken":false');
  const ofClaim = JSON.stringify(discoverJob('shop', { claimName: 'data' }, search, image));
  expect(ofClaim).toContain('{"name":"volume","mountPath":"/volume","readOnly":true}');
  expect(ofClaim).not.toContain('secretName');
});

test('a Job gets its image and its node as the pods of the CronJob do', () => {
  const pod = {
    imagePullSecrets: [{ name: 'registry' }],
    tolerations: [{ key: 'pool', operator: 'Exists' }],
    nodeSelector: { pool: 'jobs' },
  };
  const specOf = (options = {}) => {
    const job = discoverJob('shop', { claimName: 'data' }, search, { ...image, pod }, options);
    return (job as { readonly spec: { readonly template: { readonly spec: object } } }).spec.template.spec;
  };
  expect(specOf()).toMatchObject(pod);
  expect(specOf({ imagePullSecret: 'mine' })).toMatchObject({ imagePullSecrets: [{ name: 'mine' }] });
  // The claim's node is known: the selector may be for others.
  expect(specOf({ node: 'node-1' })).toMatchObject({ tolerations: pod.tolerations });
  expect(specOf({ node: 'node-1' })).not.toHaveProperty('nodeSelector');
});

test('a claim is looked into on the node and as the user of a pod that mounts it, root aside', () => {
  const pod = (claimName: string, securityContext: object) =>
    ({
      spec: { nodeName: 'node-1', securityContext, volumes: [{ persistentVolumeClaim: { claimName } }] },
    }) as unknown as Pod;
  expect(neighbourIn([pod('other', {}), pod('data', { runAsUser: 33, fsGroup: 44 })], 'data')).toEqual({
    node: 'node-1',
    securityContext: { runAsUser: 33, supplementalGroups: [44] },
  });
  expect(neighbourIn([pod('data', { runAsUser: 0 })], 'data')).toEqual({
    node: 'node-1',
    securityContext: {},
  });
  expect(neighbourIn([pod('other', {})], 'data')).toBeUndefined();
});
