import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendName } from '../../../src/api/backends/index.ts';
import type { SessionStoreSpec } from '../../../src/api/spec.ts';
import { sharedMysql, sharedPostgres, unique } from '../../servers/shared.ts';
import type { ShopStore } from '../python/shop.ts';

/** A location for a store that set-up is to make, and how an application on session3 reaches it. */
export interface Location extends AsyncDisposable {
  readonly backend: SessionStoreSpec['backend'];
  /** The folder of the connection's Secret, and of the claim, as the runner's pod would have them. */
  readonly connection?: string;
  readonly volume?: string;
  readonly store: ShopStore;
  /** Makes sessions as old as that where the store keeps the time itself; session3 does where the session does. */
  age?(ids: readonly string[], seconds: number): Promise<void>;
}

type Make = () => Promise<Location>;

const secretName = 'shop-db';
const list = (ids: readonly string[]) => ids.map((id) => `'${id}'`).join(', ');

const postgres: Make = async () => {
  const server = await sharedPostgres();
  const role = await server.createRole(unique('shop'));
  const database = await server.createDatabase(unique('shop'), role);
  const { host, port } = server;
  return {
    backend: { postgres: { connection: { secretName } } },
    connection: await server.connectionFolder(role, database),
    store: { kind: 'postgres', connection: { host, port, ...role, database } },
    age: async (ids, seconds) => {
      const time = `now() - interval '${seconds} seconds'`;
      await server.sql(`UPDATE sessions SET modify_time = ${time} WHERE id IN (${list(ids)})`, { database });
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

const mysql: Make = async () => {
  const server = await sharedMysql('mysql');
  const role = await server.createRole(unique('shop'));
  const database = await server.createDatabase(unique('shop'), role);
  const { host, port } = server;
  return {
    backend: { mysql: { connection: { secretName } } },
    connection: await server.connectionFolder(role, database),
    store: { kind: 'mysql', connection: { host, port, ...role, database } },
    age: async (ids, seconds) => {
      const time = `NOW() - INTERVAL ${seconds} SECOND`;
      await server.sql(`UPDATE sessions SET modify_time = ${time} WHERE id IN (${list(ids)})`, { database });
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

const claimName = 'sessions';
const path = 'shop/sessions';

/** A folder that stands for a mounted claim, on a disk rather than in memory. */
async function volume() {
  const root = await mkdtemp('/var/tmp/sessionstore-');
  return { volume: root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}

const directory: Make = async () => {
  const made = await volume();
  const folder = join(made.volume, path);
  return {
    ...made,
    backend: { directory: { claimName, path } },
    store: { kind: 'directory', folder },
    age: async (ids, seconds) => {
      const time = Date.now() / 1000 - seconds;
      for (const id of ids) await utimes(join(folder, id), time, time);
    },
  };
};

const shelve: Make = async () => {
  const made = await volume();
  return {
    ...made,
    backend: { shelve: { claimName, path } },
    store: { kind: 'shelve', filename: join(made.volume, path) },
  };
};

const durus: Make = async () => {
  const made = await volume();
  return {
    ...made,
    backend: { durus: { claimName, path } },
    store: { kind: 'durus', file: join(made.volume, path) },
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

/** The stores with a clean-up that is safe while an application on session3 is running. */
export const sharedWithCleanup: readonly BackendName[] = ['postgres', 'mysql', 'directory'];
