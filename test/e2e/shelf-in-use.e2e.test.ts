import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { until } from '../api-client.ts';
import { filledStore } from './example-stores.ts';
import { firstRun, startRun, yearly } from './first-run.ts';
import { connectPlatform, messageOf, type Namespace, newNamespace, type Platform } from './platform.ts';
import { applicationContainer } from './python-application.ts';
import { removeVolumes } from './volume.ts';

const amount = { total: 100, stale: 90 };

let platform: Platform;
let namespace: Namespace;

beforeAll(async () => {
  platform = await connectPlatform(inject('kubeconfig'), inject('kubectl'));
  namespace = await newNamespace(platform, 'in-use');
});

afterAll(async () => {
  await removeVolumes(platform, namespace);
  await namespace.remove();
});

/** As session3's class: opens the shelf for each session that it saves, which are 101, 102 and so on; it prints each. */
const savingForEver = `
import dbm.gnu, shelve, signal
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
number = ${amount.total}
while True:
    number += 1
    with shelve.Shelf(dbm.gnu.open('/volume/shop/sessions', 'c')) as shelf:
        shelf[f'session-{number}'] = Session(number, 0)
    print(number, flush=True)
    time.sleep(0.1)`;

/** An application at work on a claim, until it is stopped. */
async function startApplication(claimName: string) {
  const path = `/api/v1/namespaces/${namespace.name}/pods`;
  await platform.api.must('POST', path, {
    metadata: { name: 'shop' },
    spec: {
      terminationGracePeriodSeconds: 5,
      containers: [{ name: 'main', ...applicationContainer(savingForEver) }],
      volumes: [{ name: 'volume', persistentVolumeClaim: { claimName } }],
    },
  });
  /** The number of the session that it saved last. */
  const last = async () => {
    const log = await platform.kubectl(['logs', '-n', namespace.name, 'shop', '--tail=1']);
    return Number(log);
  };
  return {
    last,
    saves: (more: number) => until(`session ${more}`, async () => (await last()) >= more),
    stop: async () => {
      await platform.api.must('DELETE', `${path}/shop`);
      await until(
        'it to be gone',
        async () => (await platform.api.request('GET', `${path}/shop`)).status === 404,
      );
    },
  };
}

test('clean-up of a shelf waits while an application that saves sessions mounts it, and loses none of them once it is gone', async () => {
  const example = await filledStore(platform, namespace, 'shelve', amount, { schedule: yearly });
  const application = await startApplication('shelf');
  await until('the application to start', () => application.last().catch(() => 0));
  await startRun(platform, namespace, 'shelve');

  const waiting = await namespace.becomes('shelve', 'CleanedUp', 'False', 'InUse');

  expect(messageOf(waiting, 'CleanedUp')).toMatch(/no other pod to mount claim shelf.*; found shop\./);
  const saved = await application.last();
  await application.saves(saved + 20);
  expect((await namespace.read('shelve')).status?.cleanup?.lastRun).toBeUndefined();
  const known = await application.last();
  await application.stop();
  const run = await firstRun(platform, namespace, 'shelve');
  const left = await example.left();
  expect(left.slice(0, known - amount.stale)).toEqual(
    Array.from({ length: known - amount.stale }, (_, i) => amount.stale + 1 + i),
  );
  expect(run).toMatchObject({ outcome: 'Succeeded', deleted: amount.stale, remaining: left.length });
});
