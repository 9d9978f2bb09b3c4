import type { BackendName, backends } from '../api/backends/index.ts';
import type { Layout } from '../layouts/layout.ts';
import type { ByteStore } from './session-store.ts';

type SpecOf<Name extends BackendName> = Parameters<(typeof backends)[Name]['describe']>[0];

/** Arguments for opening a store; the paths are the mount paths of its pod. */
export interface OpenOptions<Spec> {
  readonly spec: Spec;
  readonly layout: Layout;
  /** The application's time zone for columns without a zone, if the spec names one. */
  readonly timeZone?: string;
  /** Folder of the connection's Secret, with one file for each key. */
  readonly connectionPath: string;
  /** Folder in which the claim is mounted. */
  readonly volumePath: string;
}

/** Opens the store that a spec describes: `open` in each store.ts. The caller disposes of it. */
export type Open<Spec> = (options: OpenOptions<Spec>) => Promise<ByteStore>;

/** Loads a store, and its driver, when it is opened: the only list of store.ts files. */
const openers: { readonly [Name in BackendName]: () => Promise<Open<SpecOf<Name>>> } = {
  postgres: async () => (await import('./postgres/store.ts')).open,
  mysql: async () => (await import('./mysql/store.ts')).open,
  directory: async () => (await import('./directory/store.ts')).open,
  shelve: async () => (await import('./shelve/store.ts')).open,
  durus: async () => (await import('./durus/store.ts')).open,
};

/** Opens a store of this backend, whose schema has accepted the spec. The caller disposes of it. */
export async function openStore(name: BackendName, options: OpenOptions<unknown>): Promise<ByteStore> {
  const open = (await openers[name]()) as Open<unknown>;
  return open(options);
}
