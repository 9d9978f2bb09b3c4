import type { BackendName } from '../../src/api/backends/index.ts';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import type { ShopStore } from '../stores/python/shop.ts';
import { startMariadbPod } from './mariadb-pod.ts';
import type { Namespace, Platform } from './platform.ts';
import { startPostgresPod } from './postgres-pod.ts';
import type { Session3Pod } from './session3-pod.ts';
import { createVolume } from './volume.ts';

/** The base of a SessionStore, and the application's way to reach it. */
export interface Application {
  readonly backend: SessionStoreSpec['backend'];
  readonly store: ShopStore;
  readonly claim?: string;
  /** Whether clean-up has to wait for the application to end. */
  readonly isAlone?: true;
  /** Makes sessions two hours old where the store keeps the time itself; session3 does where the session does. */
  age?(pod: Session3Pod, ids: readonly string[]): Promise<unknown>;
}

type Make = (platform: Platform, namespace: Namespace) => Promise<Application>;

const password = 'tQ8-session3-shop';
const list = (ids: readonly string[]) => ids.map((id) => `'${id}'`).join(', ');
const account = { user: 'shop', password, database: 'shop' };

const postgres: Make = async (platform, namespace) => {
  await createVolume(platform, namespace, 'postgres-data', 70);
  const server = await startPostgresPod(platform, namespace, 'postgres-data');
  await namespace.secret('postgres', await server.database('shop', password));
  return {
    backend: { postgres: { connection: { secretName: 'postgres' } } },
    store: { kind: 'postgres', connection: { host: server.host, port: 5432, ...account } },
    age: (_, ids) =>
      server.sql(
        `UPDATE sessions SET modify_time = now() - interval '2 hours' WHERE id IN (${list(ids)})`,
        'shop',
      ),
  };
};

const mysql: Make = async (platform, namespace) => {
  const server = await startMariadbPod(platform, namespace);
  await namespace.secret('mariadb', await server.database('shop', password));
  return {
    backend: { mysql: { connection: { secretName: 'mariadb' } } },
    store: { kind: 'mysql', connection: { host: server.host, port: 3306, ...account } },
    age: (_, ids) =>
      server.sql(
        `UPDATE sessions SET modify_time = NOW() - INTERVAL 2 HOUR WHERE id IN (${list(ids)})`,
        'shop',
      ),
  };
};

const directory: Make = async (platform, namespace) => {
  await createVolume(platform, namespace, 'directory', 1000);
  return {
    backend: { directory: { claimName: 'directory', path: 'shop/sessions' } },
    store: { kind: 'directory', folder: '/volume/shop/sessions' },
    claim: 'directory',
    age: ({ sh }, ids) => sh(`cd /volume/shop/sessions; touch -d '2 hours ago' ${ids.join(' ')}`),
  };
};

const shelve: Make = async (platform, namespace) => {
  await createVolume(platform, namespace, 'shelve', 1000);
  return {
    backend: { shelve: { claimName: 'shelve', path: 'shop/sessions' } },
    store: { kind: 'shelve', filename: '/volume/shop/sessions' },
    claim: 'shelve',
    isAlone: true,
  };
};

const durus: Make = async (platform, namespace) => {
  await createVolume(platform, namespace, 'durus', 1000);
  return {
    backend: { durus: { claimName: 'durus', path: 'shop/sessions.durus' } },
    store: { kind: 'durus', file: '/volume/shop/sessions.durus' },
    claim: 'durus',
    isAlone: true,
  };
};

/** One of each backend there is. */
export const applications: { readonly [Name in BackendName]: Make } = {
  postgres,
  mysql,
  directory,
  shelve,
  durus,
};
