import {
  DirectorySessionStore,
  DurusSessionStore,
  MysqlSessionStore,
  PostgresSessionStore,
  ShelveSessionStore,
} from '../../../src/stores/library.ts';
import { type MakeStore, makerOf } from './subject.ts';
import type { Kind } from './subjects.ts';

/** The class of each kind of store. */
export const makers: Readonly<Record<Kind, MakeStore>> = {
  postgres: makerOf(PostgresSessionStore),
  mysql: makerOf(MysqlSessionStore),
  directory: makerOf(DirectorySessionStore),
  shelve: makerOf(ShelveSessionStore),
  durus: makerOf(DurusSessionStore),
};
