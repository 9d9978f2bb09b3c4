import type { BackendName } from '../../../src/api/backends/index.ts';
import { directorySubject } from './directory.ts';
import { durusFileSubject, durusServerSubject } from './durus.ts';
import { mysqlSubject } from './mysql.ts';
import { postgresSubject } from './postgres.ts';
import { shelveSubject } from './shelve.ts';
import type { Subject } from './subject.ts';

/** How each kind of store is started for a test, in each form that it has: a backend that is missing is a type error. */
const subjects: Readonly<Record<BackendName, Readonly<Record<string, () => Promise<Subject>>>>> = {
  postgres: { PostgreSQL: postgresSubject },
  mysql: { MySQL: () => mysqlSubject('mysql'), MariaDB: () => mysqlSubject('mariadb') },
  directory: { Directory: directorySubject },
  shelve: { Shelve: () => shelveSubject('Session3'), 'Shelve, safe': () => shelveSubject('Safe') },
  durus: {
    'Durus, a file': () => durusFileSubject('Session3'),
    'Durus, a safe file': () => durusFileSubject('Safe'),
    'Durus, a server': () => durusServerSubject('Session3'),
    'Durus, safe behind a server': () => durusServerSubject('Safe'),
  },
};

/** Every form of every kind, for describe.each. */
export const forms: readonly (readonly [title: string, kind: BackendName, start: () => Promise<Subject>])[] =
  Object.entries(subjects).flatMap(([kind, byTitle]) =>
    Object.entries(byTitle).map(([title, start]) => [title, kind as BackendName, start] as const),
  );
