import type { BackendSpec } from './backend-spec.ts';
import { directory } from './directory.ts';
import { durus } from './durus.ts';
import { mysql } from './mysql.ts';
import { postgres } from './postgres.ts';
import { shelve } from './shelve.ts';

/** The only list of backends: the API, its rules, the docs and the tests are made from it. */
export const backends = { postgres, mysql, directory, shelve, durus } as const;

export type BackendName = keyof typeof backends;
export const backendNames = Object.keys(backends) as readonly BackendName[];

/** A backend without knowledge of its own type of spec. */
export function backendOf(name: BackendName): BackendSpec<unknown> {
  return backends[name] as BackendSpec<unknown>;
}
