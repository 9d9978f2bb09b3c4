/** `make demo`: a real cluster, the operator in it, stores with old sessions, and what becomes of them. */
import path from 'node:path';
import { ensureCluster, loadImages } from '../scripts/cluster/cluster.ts';
import { install } from '../scripts/cluster/install.ts';
import { kubernetesPrograms } from '../scripts/cluster/kubernetes.ts';
import { step } from '../scripts/cluster/run.ts';
import { backendNames } from '../src/api/backends/index.ts';
import { until } from './api-client.ts';
import { filledStore } from './e2e/example-stores.ts';
import { connectPlatform, type Namespace, namespaceOf, type Platform, untilUsable } from './e2e/platform.ts';
import { removeVolumes } from './e2e/volume.ts';

const name = 'demo';
const say = (text: string) => process.stdout.write(`${text}\n`);

/** An empty namespace, after any earlier demo. */
async function emptyNamespace(platform: Platform): Promise<Namespace> {
  const left = namespaceOf(platform, name);
  if ((await platform.api.request('GET', `/api/v1/namespaces/${name}`)).status === 200) {
    await removeVolumes(platform, left);
    await left.remove();
    await left.isGone();
  }
  await platform.kubectl(['create', 'namespace', name]);
  await untilUsable(platform, name);
  return left;
}

/** A store with a mistake in it, to see how one looks. */
async function mistakenStore(namespace: Namespace): Promise<void> {
  await namespace.store('mistaken', {
    backend: { postgres: { connection: { secretName: 'no-such-secret' } } },
  });
  await namespace.becomes('mistaken', 'Ready', 'False');
}

const cluster = await ensureCluster();
await loadImages(cluster, ['postgres-e2e:15', 'mariadb-e2e:10.11']);
await install(cluster);
const kubectl = path.join(await kubernetesPrograms(), 'kubectl');
const platform = await connectPlatform(cluster.kubeconfig, kubectl);
const namespace = await step('an empty namespace', () => emptyNamespace(platform));
const listed = backendNames.join(', ');
await step(`${listed}: each with 10,000 sessions, 9,000 of them old`, () =>
  Promise.all(
    backendNames.map((backend) =>
      filledStore(platform, namespace, backend, { total: 10_000, stale: 9000 }, { schedule: '* * * * *' }),
    ),
  ),
);
await step('mistaken: a store whose Secret does not exist', () => mistakenStore(namespace));
await step('all cleaned by their CronJobs, within a minute or so', async () => {
  for (const store of backendNames) {
    await until(
      `${store} to lose 9,000 sessions`,
      async () => (await namespace.read(store)).status?.cleanup?.lastRun?.remaining === 1000,
      180_000,
    );
  }
});
await platform.api.close();

say(
  `\n$ kubectl get sessionstores -n ${name}\n${await platform.kubectl(['get', 'sessionstores', '-n', name])}`,
);
say(
  `$ kubectl get jobs,cronjobs -n ${name}\n${await platform.kubectl(['get', 'jobs,cronjobs', '-n', name])}`,
);
say(
  `$ kubectl get events -n ${name}   (of the stores)\n${await platform.kubectl(['get', 'events', '-n', name, '--field-selector', 'involvedObject.kind=SessionStore', '-o', 'custom-columns=STORE:.involvedObject.name,TYPE:.type,REASON:.reason,MESSAGE:.message'])}`,
);
say(`The cluster stands. Look around:
  export KUBECONFIG=${cluster.kubeconfig} PATH=$PWD/.cluster/bin:$PATH
  kubectl describe sessionstore mistaken -n ${name}
  kubectl explain sessionstore.spec.cleanup
  kubectl logs -n session-store-system deployment/session-store-operator
End it:
  make cluster-down`);
