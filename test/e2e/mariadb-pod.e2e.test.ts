import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { finishedPod } from './finished-pod.ts';
import { type MariadbPod, startMariadbPod } from './mariadb-pod.ts';
import { connectPlatform, type Namespace, newNamespace, type Platform } from './platform.ts';

let platform: Platform;
let namespace: Namespace;
let mariadb: MariadbPod;

beforeAll(async () => {
  platform = await connectPlatform(inject('kubeconfig'), inject('kubectl'));
  namespace = await newNamespace(platform, 'mariadb', { 'pod-security.kubernetes.io/enforce': 'restricted' });
  mariadb = await startMariadbPod(platform, namespace);
});

afterAll(async () => {
  await namespace.remove();
});

/** What an application's pod is told by its own driver, or refused. */
async function queried(settings: Readonly<Record<string, string>>, sql: string): Promise<string> {
  const { host = '', port = '', username = '', password = '', database = '' } = settings;
  const given = { host, port: Number(port), user: username, password, database };
  const script = `
    const connection = await require('/app/node_modules/mysql2/promise').createConnection(${JSON.stringify(given)});
    console.log(JSON.stringify((await connection.query(${JSON.stringify(sql)}))[0]));
    await connection.end();`;
  const output = await finishedPod(platform, namespace, 'application', {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    container: {
      image: 'session-store-operator:dev',
      command: ['node', '--eval', `(async () => {${script}})().catch((error) => console.log(error.code))`],
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  });
  return output.trim();
}

test('a database of a MariaDB in a pod is used by its own user from another pod, and by nobody else', async () => {
  const shop = await mariadb.database('shop', 'Vb5-mariadb-shop');
  await mariadb.sql('CREATE TABLE t (n INT); INSERT INTO t VALUES (1), (2)', 'shop');
  expect(await mariadb.sql('SELECT n, n + 1 FROM t ORDER BY n', 'shop')).toEqual(['1\t2', '2\t3']);
  const count = 'SELECT count(*) AS n, version() LIKE "10.11.%" AS is1011 FROM shop.t';
  expect(await queried(shop, count)).toBe('[{"n":2,"is1011":1}]');
  expect(await queried({ ...shop, password: 'wrong' }, count)).toBe('ER_ACCESS_DENIED_ERROR');
  for (const username of ['root', '', 'mysql'])
    expect(await queried({ ...shop, username, password: '' }, count)).toBe('ER_ACCESS_DENIED_ERROR');
});
