import type { BackendName } from '../../../src/stores/backends.ts';
import { directorySubject } from './directory.ts';
import { durusSubject } from './durus.ts';
import { mysqlSubject } from './mysql.ts';
import { postgresSubject } from './postgres.ts';
import { shelveSubject } from './shelve.ts';
import type { Subject } from './subject.ts';

export type Kind = BackendName | 'shelve' | 'durus';

/** How each kind of store is started for a test, in each form that it has: a backend that is missing is a type error. */
const subjects: Readonly<Record<Kind, Readonly<Record<string, () => Promise<Subject>>>>> = {
  postgres: { PostgreSQL: postgresSubject },
  mysql: { MySQL: () => mysqlSubject('mysql'), MariaDB: () => mysqlSubject('mariadb') },
  directory: { Directory: directorySubject },
  shelve: { Shelve: () => shelveSubject('Session3'), 'Shelve, safe': () => shelveSubject('Safe') },
  durus: {
    'Durus, a file': () => durusSubject('Session3'),
    'Durus, a safe file': () => durusSubject('Safe'),
  },
};

/** Every form of every kind, for describe.each. */
export const forms: readonly (readonly [title: string, kind: Kind, start: () => Promise<Subject>])[] =
  Object.entries(subjects).flatMap(([kind, byTitle]) =>
    Object.entries(byTitle).map(([title, start]) => [title, kind as Kind, start] as const),
  );
