/** `make demo`: a real cluster, the operator in it, stores with old sessions, and what becomes of them. */
import path from 'node:path';
import { until } from './api-client.ts';
import { ensureCluster, loadImages } from './cluster/cluster.ts';
import { install } from './cluster/install.ts';
import { kubernetesPrograms } from './cluster/kubernetes.ts';
import { step } from './cluster/run.ts';
import { connectPlatform, type Namespace, namespaceOf, type Platform, untilUsable } from './e2e/platform.ts';
import { startPostgresPod } from './e2e/postgres-pod.ts';
import { createVolume, inVolume, removeVolumes } from './e2e/volume.ts';

const name = 'demo';
const everyMinute = '* * * * *';
const say = (text: string) => process.stdout.write(`${text}\n`);

/** An empty namespace, whatever an earlier demo left. */
async function emptyNamespace(platform: Platform): Promise<Namespace> {
  const left = namespaceOf(platform, name);
  if ((await platform.api.request('GET', `/api/v1/namespaces/${name}`)).status === 200) {
    await removeVolumes(platform, left);
    await left.remove();
  }
  await platform.kubectl(['create', 'namespace', name]);
  await untilUsable(platform, name);
  return left;
}

async function postgresStore(platform: Platform, namespace: Namespace): Promise<void> {
  await createVolume(platform, namespace, 'postgres-data', 70);
  const postgres = await startPostgresPod(platform, namespace, 'postgres-data');
  await namespace.secret(
    'shop-db',
    await postgres.database('shop', `demo-${Math.random().toString(36).slice(2)}`),
  );
  await namespace.store('shop', {
    backend: { postgres: { connection: { secretName: 'shop-db' } } },
    layout: 'connect-pg-simple',
    cleanup: { expiredFor: '5m', schedule: everyMinute },
  });
  await namespace.becomes('shop', 'Ready', 'True');
  await postgres.sql(
    `SET ROLE shop;
     INSERT INTO session SELECT 'sid-' || i, '{}', now() + CASE WHEN i <= 9000 THEN -1 ELSE 1 END * interval '1 hour'
     FROM generate_series(1, 10000) AS i`,
    'shop',
  );
}

async function directoryStore(platform: Platform, namespace: Namespace): Promise<void> {
  await createVolume(platform, namespace, 'wiki-sessions', 1000);
  await namespace.store('wiki', {
    backend: { directory: { claimName: 'wiki-sessions', path: 'sessions' } },
    cleanup: { unmodifiedFor: '30m', schedule: everyMinute },
    pod: { securityContext: { runAsUser: 1000, runAsGroup: 1000 } },
  });
  await namespace.becomes('wiki', 'Ready', 'True');
  await inVolume(
    platform,
    namespace,
    'wiki-sessions',
    `cd /volume/sessions
     i=1; while [ $i -le 10000 ]; do printf '\\200\\004.' > session-$i; i=$((i+1)); done
     seq 1 9000 | sed s/^/session-/ | xargs touch -d '1 hour ago'; chown -R 1000:1000 .`,
  );
}

/** A store with a mistake in it, to see how one looks. */
async function mistakenStore(namespace: Namespace): Promise<void> {
  await namespace.store('mistaken', {
    backend: { postgres: { connection: { secretName: 'no-such-secret' } } },
  });
  await namespace.becomes('mistaken', 'Ready', 'False');
}

const cluster = await ensureCluster();
await loadImages(cluster, ['postgres-e2e:15']);
await install(cluster);
const kubectl = path.join(await kubernetesPrograms(), 'kubectl');
const platform = await connectPlatform(cluster.kubeconfig, kubectl);
const namespace = await step('an empty namespace', () => emptyNamespace(platform));
await step('shop: a PostgreSQL with 10,000 sessions, 9,000 of them expired', () =>
  postgresStore(platform, namespace),
);
await step('wiki: a volume with 10,000 session files, 9,000 of them old', () =>
  directoryStore(platform, namespace),
);
await step('mistaken: a store whose Secret does not exist', () => mistakenStore(namespace));
for (const store of ['shop', 'wiki']) {
  await step(`${store}: cleaned by its CronJob, within a minute or so`, () =>
    until(
      `${store} to lose 9,000 sessions`,
      async () => (await namespace.read(store)).status?.cleanup?.lastRun?.remaining === 1000,
      180_000,
    ),
  );
}
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
