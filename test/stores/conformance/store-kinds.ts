import type { BackendName } from '../../../src/api/backends/index.ts';
import { directoryKind } from './directory.ts';
import { durusFileKind, durusServerKind } from './durus.ts';
import { mysqlKind } from './mysql.ts';
import { postgresKind } from './postgres.ts';
import { shelveKind } from './shelve.ts';
import type { StoreKind } from './store-kind.ts';

/** How each kind of store is started for a test, in each form that it has: a backend that is missing is a type error. */
const storeKinds: Readonly<Record<BackendName, Readonly<Record<string, () => Promise<StoreKind>>>>> = {
  postgres: { PostgreSQL: postgresKind },
  mysql: { MySQL: () => mysqlKind('mysql'), MariaDB: () => mysqlKind('mariadb') },
  directory: { Directory: directoryKind },
  shelve: { Shelve: () => shelveKind('Session3'), 'Shelve, safe': () => shelveKind('Safe') },
  durus: {
    'Durus, a file': () => durusFileKind('Session3'),
    'Durus, a safe file': () => durusFileKind('Safe'),
    'Durus, a server': () => durusServerKind('Session3'),
    'Durus, safe behind a server': () => durusServerKind('Safe'),
  },
};

/** Every form of every kind, for describe.each. */
export const forms: readonly (readonly [
  title: string,
  kind: BackendName,
  start: () => Promise<StoreKind>,
])[] = Object.entries(storeKinds).flatMap(([kind, byTitle]) =>
  Object.entries(byTitle).map(([title, start]) => [title, kind as BackendName, start] as const),
);
