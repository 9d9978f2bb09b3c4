import type { SessionStoreSpec } from '../../src/api/spec.ts';
import { until } from '../api-client.ts';
import { finishedPod } from './finished-pod.ts';
import { startMariadbPod } from './mariadb-pod.ts';
import type { Namespace, Platform } from './platform.ts';
import { startPostgresPod } from './postgres-pod.ts';
import { createVolume } from './volume.ts';

type Secret = Readonly<Record<string, string>>;

/** A database server in the cluster that a test can get into trouble. */
export interface TroubledServer {
  /** A database with a user of its own, both of that name: the keys of a connection's Secret. */
  database(name: string, password: string): Promise<Secret>;
  /** Statements as the owner of the database of that name; rows, columns divided by `|` or a tab. */
  asOwner(name: string, statements: string): Promise<readonly string[]>;
  down(): Promise<void>;
  up(): Promise<void>;
  /** Whether the user may write. */
  readOnly(name: string, isSo: boolean): Promise<void>;
}

/** Differences between the kinds of servers. */
export interface TroubledDatabase {
  readonly start: (platform: Platform, namespace: Namespace) => Promise<TroubledServer>;
  readonly spec: (secretName: string) => SessionStoreSpec;
  /** Settings of a clean-up that deletes every session that is no longer live. */
  readonly cleanup: NonNullable<SessionStoreSpec['cleanup']>;
  readonly table: string;
  /** The table's columns, as an application would make them. */
  readonly columns: string;
  /** The same without the one that is named. */
  readonly short: { readonly columns: string; readonly missing: string; readonly mend: string };
  /** A table in partitions, a thousand sessions in it, every other one live. */
  readonly partitioned: string;
  readonly countLive: string;
}

const postgres: TroubledDatabase = {
  start: async (platform, namespace) => {
    await createVolume(platform, namespace, 'postgres-data', 70);
    const server = await startPostgresPod(platform, namespace, 'postgres-data');
    return {
      ...server,
      asOwner: (name, statements) => server.sql(`SET ROLE "${name}"; ${statements}`, name),
      readOnly: async (name, isSo) => {
        await server.sql(`ALTER ROLE ${name} SET default_transaction_read_only = ${isSo ? 'on' : 'off'}`);
      },
    };
  },
  spec: (secretName) => ({
    backend: { postgres: { connection: { secretName } } },
    layout: 'connect-pg-simple',
  }),
  cleanup: {},
  table: 'session',
  columns: 'sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL',
  short: {
    columns: 'sid varchar PRIMARY KEY, sess json NOT NULL',
    missing: 'expire',
    mend: 'ALTER TABLE session ADD COLUMN expire timestamp(6) NOT NULL DEFAULT now()',
  },
  partitioned: `
    CREATE TABLE session (sid varchar, sess json NOT NULL, expire timestamp(6) NOT NULL, PRIMARY KEY (sid)) PARTITION BY HASH (sid);
    CREATE TABLE session_0 PARTITION OF session FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE session_1 PARTITION OF session FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    INSERT INTO session SELECT 's' || i, '{}', now() + (CASE WHEN i % 2 = 0 THEN 1 ELSE -1 END) * interval '1 day'
    FROM generate_series(1, 1000) AS i`,
  countLive: 'SELECT count(*) FROM session WHERE expire > now()',
};

const columns =
  'id varchar(255) PRIMARY KEY, pickle longblob NOT NULL, modify_time timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP';

const mysql: TroubledDatabase = {
  start: async (platform, namespace) => {
    const server = await startMariadbPod(platform, namespace);
    const service = `/api/v1/namespaces/${namespace.name}/services/mariadb`;
    // Its data is in the pod, so it continues to run, but accepts no connections.
    const send = (app: string) => platform.api.merge(service, { spec: { selector: { app } } });
    const program = `
import socket
try: socket.create_connection(("${server.host}", 3306), 3)
except OSError: print("closed")
else: print("open")`;
    const container = { image: 'session3-e2e:3.4.1', command: ['python3', '-B', '-c', program] };
    const isClosed = async () =>
      (await finishedPod(platform, namespace, 'reach', { container })).trim() === 'closed';
    return {
      ...server,
      asOwner: (name, statements) => server.sql(statements, name),
      // The node follows a little later: until then a store would be set up.
      down: async () => {
        await send('nobody');
        await until('the address to lead nowhere', isClosed);
      },
      up: () => send('mariadb'),
      readOnly: async (_, isSo) => {
        await server.sql(`SET GLOBAL read_only = ${isSo ? 'ON' : 'OFF'}`);
      },
    };
  },
  spec: (secretName) => ({ backend: { mysql: { connection: { secretName } } } }),
  cleanup: { unmodifiedFor: '1h' },
  table: 'sessions',
  columns,
  short: {
    columns: 'id varchar(255) PRIMARY KEY, pickle longblob NOT NULL',
    missing: 'modify_time',
    mend: 'ALTER TABLE sessions ADD COLUMN modify_time timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP',
  },
  partitioned: `
    CREATE TABLE sessions (${columns}) PARTITION BY KEY (id) PARTITIONS 3;
    INSERT INTO sessions SELECT CONCAT('s', seq), 'x', NOW() - INTERVAL IF(seq % 2 = 0, 0, 1) DAY FROM seq_1_to_1000`,
  countLive: 'SELECT COUNT(*) FROM sessions WHERE modify_time > NOW() - INTERVAL 1 HOUR',
};

export const troubledDatabases = { postgres, mysql } as const;
