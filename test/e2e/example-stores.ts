import type { BackendName } from '../../src/api/backends/index.ts';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import { startMariadbPod } from './mariadb-pod.ts';
import type { Namespace, Platform } from './platform.ts';
import { startPostgresPod } from './postgres-pod.ts';
import {
  durusFile,
  imageUser,
  type PythonFile,
  saveSessions,
  sessionsLeft,
  shelf,
} from './python-application.ts';
import { createVolume, inVolume } from './volume.ts';

/** How many sessions an application saved, numbered from 1, and how many of them, the first, are an hour old. */
export interface Amount {
  readonly total: number;
  readonly stale: number;
}

/** The base of a SessionStore with this backend, and the application that uses it: session3 for every backend. */
export interface ExampleStore {
  readonly backend: SessionStoreSpec['backend'];
  readonly pod?: SessionStoreSpec['pod'];
  /** Saves sessions in the store that was set up. */
  fill(amount: Amount): Promise<void>;
  /** The numbers of the sessions that the store has, in order. */
  left(): Promise<readonly number[]>;
}

type Make = (platform: Platform, namespace: Namespace) => Promise<ExampleStore>;

const numbers = (lines: readonly string[]): readonly number[] => lines.map(Number).sort((a, b) => a - b);

const postgres: Make = async (platform, namespace) => {
  await createVolume(platform, namespace, 'postgres-data', 70);
  const server = await startPostgresPod(platform, namespace, 'postgres-data');
  await namespace.secret('postgres', await server.database('shop', 'cN7w-postgres-shop'));
  return {
    backend: { postgres: { connection: { secretName: 'postgres' } } },
    fill: async ({ total, stale }) => {
      await server.sql(
        `SET ROLE shop;
         INSERT INTO sessions SELECT i, '\\x80042e', now() - CASE WHEN i <= ${stale} THEN 1 ELSE 0 END * interval '1 hour'
         FROM generate_series(1, ${total}) AS i`,
        'shop',
      );
    },
    left: async () => numbers(await server.sql('SELECT id FROM sessions', 'shop')),
  };
};

const mysql: Make = async (platform, namespace) => {
  const server = await startMariadbPod(platform, namespace);
  await namespace.secret('mariadb', await server.database('shop', 'cN7w-mariadb-shop'));
  return {
    backend: { mysql: { connection: { secretName: 'mariadb' } } },
    fill: async ({ total, stale }) => {
      await server.sql(
        `INSERT INTO sessions SELECT seq, x'80042e', NOW() - INTERVAL IF(seq <= ${stale}, 1, 0) HOUR FROM seq_1_to_${total}`,
        'shop',
      );
    },
    left: async () => numbers(await server.sql('SELECT id FROM sessions', 'shop')),
  };
};

const directory: Make = async (platform, namespace) => {
  await createVolume(platform, namespace, 'wiki', 1000);
  const inFolder = (script: string) =>
    inVolume(platform, namespace, 'wiki', `cd /volume/sessions\n${script}`);
  return {
    backend: { directory: { claimName: 'wiki', path: 'sessions' } },
    pod: { securityContext: { runAsUser: 1000, runAsGroup: 1000 } },
    fill: async ({ total, stale }) => {
      await inFolder(
        `i=1; while [ $i -le ${total} ]; do printf '\\200\\004.' > $i; i=$((i+1)); done
         seq 1 ${stale} | xargs touch -d '1 hour ago'
         chown -R 1000:1000 .`,
      );
    },
    left: async () => numbers((await inFolder('ls')).trim().split('\n')),
  };
};

/** A store that is a file on a claim, of an application that opens it only to fill and to read it. */
const file =
  (claim: string, backend: ExampleStore['backend'], of: PythonFile): Make =>
  async (platform, namespace) => {
    await createVolume(platform, namespace, claim, imageUser);
    return {
      backend,
      fill: (amount) => saveSessions(platform, namespace, claim, of, amount),
      left: () => sessionsLeft(platform, namespace, claim, of),
    };
  };

const path = 'shop/sessions';
const shelve = file('shelf', { shelve: { claimName: 'shelf', path } }, shelf(path));
const durus = file('durus', { durus: { claimName: 'durus', path } }, durusFile(path));

/** One of each backend there is. */
const exampleStores: { readonly [Name in BackendName]: Make } = {
  postgres,
  mysql,
  directory,
  shelve,
  durus,
};

/** A store of the backend, named after it, Ready and filled, with a clean-up that deletes sessions after half an hour. */
export async function filledStore(
  platform: Platform,
  namespace: Namespace,
  name: BackendName,
  amount: Amount,
  cleanup: SessionStoreSpec['cleanup'],
): Promise<ExampleStore> {
  const example = await exampleStores[name](platform, namespace);
  const { backend, pod } = example;
  await namespace.store(name, {
    backend,
    cleanup: { unmodifiedFor: '30m', ...cleanup },
    ...(pod && { pod }),
  });
  await namespace.becomes(name, 'Ready', 'True');
  await example.fill(amount);
  return example;
}
