import type { BackendName, backends } from '../api/backends/index.ts';
import type { Layout } from '../layouts/layout.ts';
import type { ByteStore } from './session-store.ts';

type SpecOf<Name extends BackendName> = Parameters<(typeof backends)[Name]['describe']>[0];

/** What opening a store takes; the paths are where its pod mounts things. */
export interface OpenOptions<Spec> {
  readonly spec: Spec;
  readonly layout: Layout;
  /** The application's zone for naive time columns, where the spec names one. */
  readonly timeZone?: string;
  /** The folder with the connection's Secret, one file a key. */
  readonly connectionPath: string;
  /** The folder where the claim is mounted. */
  readonly volumePath: string;
}

/** What each store's store.ts exports as `open`. */
export type Open<Spec> = (options: OpenOptions<Spec>) => Promise<ByteStore>;

/** Loads a store, and its driver, when it is asked for: the only list of store.ts files. */
export const openers: { readonly [Name in BackendName]: () => Promise<Open<SpecOf<Name>>> } = {
  postgres: async () => (await import('./postgres/store.ts')).open,
  mysql: async () => (await import('./mysql/store.ts')).open,
  directory: async () => (await import('./directory/store.ts')).open,
  shelve: async () => (await import('./shelve/store.ts')).open,
  durus: async () => (await import('./durus/store.ts')).open,
};
