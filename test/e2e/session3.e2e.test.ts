import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type BackendName, backendNames } from '../../src/api/backends/index.ts';
import { seen } from '../stores/python/shop.ts';
import { firstRun, startRun, yearly } from './first-run.ts';
import { connectPlatform, messageOf, type Namespace, newNamespace, type Platform } from './platform.ts';
import { type Application, applications } from './session3-applications.ts';
import { startSession3Pod } from './session3-pod.ts';
import { removeVolumes } from './volume.ts';

const twoHours = 7200;
const named = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}-${n}`);
const [stale, live] = [named('stale', 6), named('live', 4)];

let platform: Platform;
let namespace: Namespace;
beforeAll(async () => {
  platform = await connectPlatform(inject('kubeconfig'), inject('kubectl'));
  namespace = await newNamespace(platform, 'session3');
});
afterAll(async () => {
  await removeVolumes(platform, namespace);
  await namespace.remove();
});

const pod = { securityContext: { runAsUser: 1000, runAsGroup: 1000 } };
const cleanup = { unmodifiedFor: '30m', schedule: yearly };

async function provision(name: BackendName): Promise<Application> {
  const application = await applications[name](platform, namespace);
  await namespace.store(name, { backend: application.backend, cleanup, pod });
  await namespace.becomes(name, 'Ready', 'True');
  return application;
}

// Most of the time they wait for pods.
describe.concurrent.each(backendNames)('session3 on a %s store that the operator provisioned', (name) => {
  test('sessions that it saved long ago are gone after a clean-up, the others load', {
    timeout: 400_000,
  }, async () => {
    const application = await provision(name);
    {
      await using running = await startSession3Pod(platform, namespace, `${name}-before`, application);
      const { shop } = running;
      for (const id of stale) await shop.save(id, twoHours);
      for (const id of [...live, 'gone']) await shop.save(id);
      await application.age?.(running, stale);
      await shop.delete('gone');
      expect(await shop.load('stale-0')).toEqual(seen('stale-0'));
      await startRun(platform, namespace, name);
      if (application.isAlone) {
        // No session is deleted while the application may be writing.
        const store = await namespace.becomes(name, 'CleanedUp', 'False', 'InUse');
        expect(messageOf(store, 'CleanedUp')).toContain(`${name}-before`);
        expect(await shop.load('stale-0')).toEqual(seen('stale-0'));
      } else {
        // It saves and loads as clean-up goes on.
        const { lost, failed } = await shop.burst('meanwhile', 200);
        expect({ lost, failed }).toEqual({ lost: [], failed: {} });
      }
    }
    expect(await firstRun(platform, namespace, name, 300_000)).toMatchObject({
      outcome: 'Succeeded',
      deleted: stale.length,
      overdue: 0,
    });
    await using running = await startSession3Pod(platform, namespace, `${name}-after`, application);
    expect(await running.shop.missing([...stale, ...live])).toEqual(stale);
    for (const id of live) expect(await running.shop.load(id)).toEqual(seen(id));
    await running.shop.save('stale-0');
    expect(await running.shop.load('stale-0')).toEqual(seen('stale-0'));
  });
});
