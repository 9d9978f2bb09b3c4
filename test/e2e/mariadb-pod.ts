import { until } from '../api-client.ts';
import { type Namespace, type Platform, patientProbe } from './platform.ts';

/** A MariaDB in the cluster, its databases made and looked at through `kubectl exec`. */
export interface MariadbPod {
  /** The address of its Service. */
  readonly host: string;
  /** Rows of statements, columns divided by a tab. */
  sql(text: string, database?: string): Promise<readonly string[]>;
  /** A database with a user of its own that has all rights there: the keys of a connection's Secret. */
  database(name: string, password: string): Promise<Readonly<Record<string, string>>>;
}

export const adminPassword = 'admin-Tz4kR8mQ1c';
const port = 3306;

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'mariadb', labels: { app: 'mariadb' } },
  spec: {
    terminationGracePeriodSeconds: 5,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 999,
      runAsGroup: 999,
      fsGroup: 999,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'mariadb',
        image: 'mariadb-e2e:10.11',
        imagePullPolicy: 'IfNotPresent',
        args: ['--innodb-flush-log-at-trx-commit=0', '--innodb-buffer-pool-size=64M', '--max-connections=50'],
        env: [
          { name: 'MARIADB_ROOT_PASSWORD', value: adminPassword },
          { name: 'MARIADB_DATA', value: '/data/mariadb' },
        ],
        ports: [{ containerPort: port }],
        readinessProbe: { tcpSocket: { port }, ...patientProbe },
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          readOnlyRootFilesystem: true,
        },
        volumeMounts: [
          { name: 'data', mountPath: '/data' },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [
      { name: 'data', emptyDir: {} },
      { name: 'tmp', emptyDir: {} },
    ],
  },
};

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'mariadb' },
  spec: { selector: { app: 'mariadb' }, ports: [{ port, targetPort: port }] },
};

/** Starts it; its data goes with its pod. */
export async function startMariadbPod(
  { api, kubectl }: Platform,
  { name: namespace }: Namespace,
): Promise<MariadbPod> {
  const path = `/api/v1/namespaces/${namespace}`;
  const { spec } = await api.must('POST', `${path}/services`, service);
  await api.must('POST', `${path}/pods`, pod);
  await until(
    'MariaDB to be ready',
    async () => {
      const { status } = await api.must('GET', `${path}/pods/mariadb`);
      return status.conditions?.some(
        (c: { type: string; status: string }) => c.type === 'Ready' && c.status === 'True',
      );
    },
    120_000,
  );
  const client = ['mariadb', '--no-defaults', '--socket=/tmp/mariadb.sock', '--user=root'];
  const sql: MariadbPod['sql'] = async (text, database = 'mysql') => {
    const command = [...client, '--batch', '--skip-column-names', database];
    const output = await kubectl(['exec', '-i', '-n', namespace, 'mariadb', '--', ...command], text);
    return output.split('\n').filter((line) => line !== '');
  };
  return {
    host: spec.clusterIP,
    sql,
    database: async (name, password) => {
      await sql(`
        CREATE DATABASE \`${name}\`;
        CREATE USER \`${name}\`@'%' IDENTIFIED BY '${password}';
        GRANT ALL ON \`${name}\`.* TO \`${name}\`@'%';`);
      return {
        host: spec.clusterIP,
        port: String(port),
        database: name,
        username: name,
        password,
        sslmode: 'disable',
      };
    },
  };
}
