import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { connectPlatform, messageOf, type Namespace, newNamespace, type Platform } from './platform.ts';
import { createVolume, removeVolumes } from './volume.ts';

let platform: Platform;
let namespace: Namespace;

beforeAll(async () => {
  platform = await connectPlatform(inject('kubeconfig'), inject('kubectl'));
  namespace = await newNamespace(platform, 'image');
  await createVolume(platform, namespace, 'files', 1000);
});

afterAll(async () => {
  await removeVolumes(platform, namespace);
  await namespace.remove();
});

test('an image that cannot be pulled shows, and is replaced when the operator has another', async () => {
  const operator = ['-n', 'session-store-system', 'deployment/session-store-operator'];
  const runnerImage = async (image: string) => {
    await platform.kubectl(['set', 'env', ...operator, `RUNNER_IMAGE=${image}`]);
    await platform.kubectl(['rollout', 'status', ...operator, '--timeout=300s']);
  };
  await runnerImage('registry.invalid/no-such-image:1');
  try {
    await namespace.store('image', {
      backend: { directory: { claimName: 'files', path: 'image' } },
      pod: { securityContext: { runAsUser: 1000, runAsGroup: 1000 } },
    });
    const waiting = await namespace.becomes('image', 'Ready', 'False', 'ImagePullFailed');
    expect(messageOf(waiting)).toContain('no-such-image');
  } finally {
    await runnerImage('session-store-operator:dev');
  }
  await namespace.becomes('image', 'Ready', 'True');
});
