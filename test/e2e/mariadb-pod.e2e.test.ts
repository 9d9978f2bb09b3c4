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

/** Queries as an application's pod: prints the rows, or the number of the server's error. */
const program = `
import json, sys
import pymysql
given, sql = map(json.loads, sys.argv[1:])
# An empty user name stays empty: the driver would take that of its process.
connection = pymysql.connect(**{**given, "user": "nobody"}, defer_connect=True, cursorclass=pymysql.cursors.DictCursor)
connection.user = given["user"].encode()
try:
    connection.connect()
except pymysql.err.OperationalError as error:
    print(error.args[0])
else:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        print(json.dumps(cursor.fetchall(), separators=(",", ":")))
`;

async function queried(settings: Readonly<Record<string, string>>, sql: string): Promise<string> {
  const { host = '', port = '', username = '', password = '', database = '' } = settings;
  const given = { host, port: Number(port), user: username, password, database };
  const output = await finishedPod(platform, namespace, 'application', {
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    container: {
      image: 'session3-e2e:3.4.1',
      command: ['python3', '-B', '-c', program, JSON.stringify(given), JSON.stringify(sql)],
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  });
  return output.trim();
}

/** ER_ACCESS_DENIED_ERROR. */
const accessDenied = '1045';

test('a database of a MariaDB in a pod is used by its own user from another pod, and by nobody else', async () => {
  const shop = await mariadb.database('shop', 'Vb5-mariadb-shop');
  await mariadb.sql('CREATE TABLE t (n INT); INSERT INTO t VALUES (1), (2)', 'shop');
  expect(await mariadb.sql('SELECT n, n + 1 FROM t ORDER BY n', 'shop')).toEqual(['1\t2', '2\t3']);
  const count = 'SELECT count(*) AS n, version() LIKE "10.11.%" AS is1011 FROM shop.t';
  expect(await queried(shop, count)).toBe('[{"n":2,"is1011":1}]');
  expect(await queried({ ...shop, password: 'wrong' }, count)).toBe(accessDenied);
  for (const username of ['root', '', 'mysql'])
    expect(await queried({ ...shop, username, password: '' }, count)).toBe(accessDenied);
});
