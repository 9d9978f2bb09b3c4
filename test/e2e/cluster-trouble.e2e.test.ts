import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import { cronJobPath, jobPath, storePath, until } from '../api-client.ts';
import { startRun, yearly } from './first-run.ts';
import { connectPlatform, messageOf, type Namespace, newNamespace, type Platform } from './platform.ts';
import { createClaim, createVolume, inVolume, removeVolumes } from './volume.ts';

let platform: Platform;
let namespace: Namespace;
let restricted: Namespace;

beforeAll(async () => {
  platform = await connectPlatform(inject('kubeconfig'), inject('kubectl'));
  namespace = await newNamespace(platform, 'kube');
  restricted = await newNamespace(platform, 'restricted', {
    'pod-security.kubernetes.io/enforce': 'restricted',
  });
  await createVolume(platform, namespace, 'files', 1000);
});

afterAll(async () => {
  for (const each of [namespace, restricted]) {
    await removeVolumes(platform, each);
    await each.remove();
  }
});

const pod = { securityContext: { runAsUser: 1000, runAsGroup: 1000 } };

const folder = (path: string, claimName = 'files'): SessionStoreSpec => ({
  backend: { directory: { claimName, path } },
  pod,
});

const hourly = { unmodifiedFor: '1h', schedule: '0 * * * *' };

describe('the pod', () => {
  test('a claim that does not exist is waited for', async () => {
    await namespace.store('claim', folder('sessions', 'later'));
    expect(messageOf(await namespace.becomes('claim', 'Ready', 'False', 'PodUnschedulable'))).toContain(
      'later',
    );
    await createVolume(platform, namespace, 'later', 1000);
    await namespace.becomes('claim', 'Ready', 'True');
  });

  test('a quota that refuses the pod shows with its sentence, and passes', async () => {
    const quotas = `/api/v1/namespaces/${namespace.name}/resourcequotas`;
    await platform.api.must('POST', quotas, { metadata: { name: 'none' }, spec: { hard: { pods: '0' } } });
    // The tests that follow need pods, too.
    try {
      // Until its use is counted, a quota refuses pods with another sentence.
      await until('the quota to be counted', async () => {
        const { status } = await platform.api.must('GET', `${quotas}/none`);
        return status?.used?.pods !== undefined && status.hard?.pods === '0';
      });
      await namespace.store('quota', folder('quota'));
      expect(messageOf(await namespace.becomes('quota', 'Ready', 'False', 'PodRefused'))).toContain(
        'exceeded quota: none',
      );
    } finally {
      await platform.api.must('DELETE', `${quotas}/none`);
    }
    await namespace.becomes('quota', 'Ready', 'True');
  });

  test('runs under Pod Security restricted', async () => {
    await createClaim(platform, restricted, 'files', `${namespace.name}/files`);
    await restricted.store('restricted', {
      ...folder('restricted'),
      cleanup: { unmodifiedFor: '1h', schedule: yearly },
    });
    await restricted.becomes('restricted', 'CleanupScheduled', 'True');
    await startRun(platform, restricted, 'restricted');
    await restricted.becomes('restricted', 'CleanedUp', 'True', 'CleanedUp');
  });

  test('a volume that is root’s is refused with what to set', async () => {
    await createClaim(platform, restricted, 'roots');
    await restricted.store('roots', folder('sessions', 'roots'));
    const store = await restricted.becomes('roots', 'Stalled', 'True', 'VolumeUnusable');
    expect(messageOf(store)).toMatch(/runAsUser|fsGroup/);
  });
});

describe.concurrent('the CronJob', () => {
  test('a name that somebody’s CronJob has is a conflict, and passes with it', async () => {
    const theirs = {
      metadata: { name: 'taken-cleanup' },
      spec: {
        schedule: '0 0 1 1 *',
        jobTemplate: {
          spec: {
            template: { spec: { restartPolicy: 'Never', containers: [{ name: 'theirs', image: 'x' }] } },
          },
        },
      },
    };
    const created = await platform.api.must('POST', cronJobPath(namespace.name), theirs);
    await namespace.store('taken', { ...folder('taken'), cleanup: hourly });
    expect(messageOf(await namespace.becomes('taken', 'Stalled', 'True', 'NameConflict'))).toContain(
      'taken-cleanup',
    );
    const still = await platform.api.must('GET', cronJobPath(namespace.name, 'taken-cleanup'));
    expect(still.spec).toEqual(created.spec);
    await platform.api.must('DELETE', cronJobPath(namespace.name, 'taken-cleanup'));
    await namespace.becomes('taken', 'Ready', 'True');
  });

  test('comes back when it is deleted, and as it was when it is edited', async () => {
    await namespace.store('edited', { ...folder('edited'), cleanup: hourly });
    await namespace.becomes('edited', 'Ready', 'True');
    const path = cronJobPath(namespace.name, 'edited-cleanup');
    const before = await platform.api.must('GET', path);

    await platform.api.must('DELETE', path);
    const again = await until('the CronJob to come back', async () => {
      const { status, body } = await platform.api.request('GET', path);
      return status === 200 && body.metadata.uid !== before.metadata.uid && body;
    });
    expect(again.spec).toEqual(before.spec);

    await platform.api.merge(path, {
      spec: { schedule: '1 1 1 1 1', jobTemplate: { spec: { parallelism: 7 } } },
    });
    await until('the edit to be undone', async () => {
      const { status, body } = await platform.api.request('GET', path);
      return status === 200 && JSON.stringify(body.spec) === JSON.stringify(before.spec);
    });
  });

  test('follows the spec, and goes with cleanup', async () => {
    await namespace.store('follows', { ...folder('follows'), cleanup: hourly });
    await namespace.becomes('follows', 'Ready', 'True');
    await namespace.change('follows', {
      spec: { cleanup: { schedule: '30 2 * * *', timeZone: 'Europe/Berlin' } },
    });
    const path = cronJobPath(namespace.name, 'follows-cleanup');
    await until('the new schedule', async () => {
      const { spec } = await platform.api.must('GET', path);
      return spec.schedule === '30 2 * * *' && spec.timeZone === 'Europe/Berlin';
    });
    await namespace.change('follows', { spec: { cleanup: null } });
    await until('the CronJob to go', async () => (await platform.api.request('GET', path)).status === 404);
    await namespace.becomes('follows', 'Ready', 'True');
  });

  test('a zone in another spelling is refused before anything is made', async () => {
    await namespace.store('zone', { ...folder('zone'), cleanup: { ...hourly, timeZone: 'europe/berlin' } });
    expect(messageOf(await namespace.becomes('zone', 'Stalled', 'True', 'InvalidSchedule'))).toContain(
      'use Europe/Berlin',
    );
    const { items } = await platform.api.must(
      'GET',
      `${jobPath(namespace.name)}?labelSelector=sessionstore.dev/store=zone`,
    );
    expect(items).toEqual([]);
    await namespace.change('zone', { spec: { cleanup: { timeZone: 'Europe/Berlin' } } });
    await namespace.becomes('zone', 'Ready', 'True');
  });
});

test.concurrent('deleting a SessionStore takes its Jobs and CronJob with it and leaves the store as it is', async () => {
  await namespace.store('deleted', { ...folder('deleted'), cleanup: hourly });
  await namespace.becomes('deleted', 'Ready', 'True');
  await platform.api.must('DELETE', storePath(namespace.name, 'deleted'));
  await until('the children to go', async () => {
    const children = await platform.kubectl([
      'get',
      'jobs,cronjobs',
      '-n',
      namespace.name,
      '-l',
      'sessionstore.dev/store=deleted',
      '-o',
      'name',
    ]);
    return children === '';
  });
  expect(await inVolume(platform, namespace, 'files', 'test -d /volume/deleted && echo there')).toBe(
    'there\n',
  );
});

test.concurrent('a namespace that is deleted goes', async () => {
  const doomed = await newNamespace(platform, 'doomed');
  await createVolume(platform, doomed, 'files', 1000);
  await doomed.store('ready', { ...folder('ready'), cleanup: hourly });
  await doomed.becomes('ready', 'Ready', 'True');
  await doomed.store('waiting', folder('waiting', 'never'));
  await doomed.becomes('waiting', 'Ready', 'False');
  await removeVolumes(platform, doomed);
  await doomed.remove();
  await doomed.isGone();
});
