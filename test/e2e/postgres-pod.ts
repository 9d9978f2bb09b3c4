import { until } from '../api-client.ts';
import { type Namespace, type Platform, patientProbe } from './platform.ts';

/** A PostgreSQL in the cluster, its databases made and looked at through `kubectl exec`. */
export interface PostgresPod {
  /** The address of its Service: there is no cluster DNS to rely on. */
  readonly host: string;
  /** Rows of a statement, columns divided by `|`. */
  sql(text: string, database?: string): Promise<readonly string[]>;
  /** A database with a role of its own that owns it. */
  database(name: string, password: string): Promise<Readonly<Record<string, string>>>;
  /** Takes the server away, and brings it back with its data. */
  down(): Promise<void>;
  up(): Promise<void>;
}

export const adminPassword = 'admin-Wq7vP2xLd9';
const port = 5432;

const podManifest = (claim: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'postgres', labels: { app: 'postgres' } },
  spec: {
    terminationGracePeriodSeconds: 5,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 70,
      runAsGroup: 70,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'postgres',
        image: 'postgres-e2e:15',
        imagePullPolicy: 'IfNotPresent',
        args: ['-c', 'fsync=off', '-c', 'max_connections=50'],
        env: [
          { name: 'POSTGRES_PASSWORD', value: adminPassword },
          { name: 'PGDATA', value: '/data/pgdata' },
        ],
        ports: [{ containerPort: port }],
        // Its port is open before the server accepts connections, so a probe of the port would be too early.
        readinessProbe: {
          exec: { command: ['pg_isready', '-h', '127.0.0.1', '-U', 'postgres'] },
          ...patientProbe,
        },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
      },
    ],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
  },
});

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'postgres' },
  spec: { selector: { app: 'postgres' }, ports: [{ port, targetPort: port }] },
};

/** Starts it on a claim that its user 70 may write to. */
export async function startPostgresPod(
  platform: Platform,
  { name: namespace }: Namespace,
  claim: string,
): Promise<PostgresPod> {
  const { api, kubectl } = platform;
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const up = async () => {
    await api.must('POST', path, podManifest(claim));
    await until(
      'PostgreSQL to be ready',
      async () => {
        const pod = await api.must('GET', `${path}/postgres`);
        return pod.status.conditions?.some(
          (c: { type: string; status: string }) => c.type === 'Ready' && c.status === 'True',
        );
      },
      120_000,
    );
  };
  const down = async () => {
    await api.must('DELETE', `${path}/postgres`);
    await until(
      'PostgreSQL to be gone',
      async () => (await api.request('GET', `${path}/postgres`)).status === 404,
    );
  };
  const sql = async (text: string, database = 'postgres') => {
    const psql = [
      'psql',
      '-h',
      '/tmp',
      '-U',
      'postgres',
      '-d',
      database,
      '-At',
      '-v',
      'ON_ERROR_STOP=1',
      '-q',
    ];
    const output = await kubectl(['exec', '-i', '-n', namespace, 'postgres', '--', ...psql], text);
    return output.split('\n').filter((line) => line !== '');
  };
  const { spec } = await api.must('POST', `/api/v1/namespaces/${namespace}/services`, service);
  await up();
  return {
    host: spec.clusterIP,
    sql,
    up,
    down,
    database: async (name, password) => {
      await sql(`CREATE ROLE "${name}" LOGIN PASSWORD '${password}'; `);
      await sql(`CREATE DATABASE "${name}" OWNER "${name}"`);
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
