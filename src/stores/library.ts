/** The public module `session-store-operator/stores`. A driver is loaded only when a store that needs it is used. */
export type { FailureReason as StoreErrorReason } from '../api/reasons.ts';
export type { CleanupReport, SetupReport } from '../api/runner-result.ts';
export { connectPgSimple } from '../layouts/connect-pg-simple.ts';
export type { Layout } from '../layouts/layout.ts';
export { session3 } from '../layouts/session3.ts';
export { type Codec, jsonCodec } from './codec.ts';
export type { TlsMode } from './connection/connection-settings.ts';
export { type DirectoryOptions, DirectorySessionStore } from './directory/store.ts';
export { type DurusOptions, DurusSessionStore } from './durus/store.ts';
export { type MysqlOptions, MysqlSessionStore } from './mysql/store.ts';
export { type PostgresOptions, PostgresSessionStore } from './postgres/store.ts';
export type { ServerOptions, TlsOptions } from './server-options.ts';
export type {
  CleanupOptions,
  CleanupProgress,
  Owner,
  Session,
  SessionStore,
  SetupOptions,
} from './session-store.ts';
export { type ShelveOptions, ShelveSessionStore } from './shelve/store.ts';
export { StoreError } from './store-error.ts';
