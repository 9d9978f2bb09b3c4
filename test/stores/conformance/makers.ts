import type { BackendName } from '../../../src/api/backends/index.ts';
import {
  DirectorySessionStore,
  DurusSessionStore,
  MysqlSessionStore,
  PostgresSessionStore,
  ShelveSessionStore,
} from '../../../src/stores/library.ts';
import { type MakeStore, makerOf } from './store-kind.ts';

/** The class of each kind of store. */
export const makers: Readonly<Record<BackendName, MakeStore>> = {
  postgres: makerOf(PostgresSessionStore),
  mysql: makerOf(MysqlSessionStore),
  directory: makerOf(DirectorySessionStore),
  shelve: makerOf(ShelveSessionStore),
  durus: makerOf(DurusSessionStore),
};
