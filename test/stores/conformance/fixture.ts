import { afterAll, beforeAll, describe } from 'vitest';
import type { BackendName } from '../../../src/api/backends/index.ts';
import type { Codec } from '../../../src/stores/codec.ts';
import type { Owner, SessionStore } from '../../../src/stores/session-store.ts';
import { makers } from './makers.ts';
import type { Location, StoreKind } from './store-kind.ts';
import { forms } from './store-kinds.ts';

export const owner: Owner = { installation: 'test', namespace: 'shop', name: 'web' };
export const hour = 3600;

/** A test's access to the store that it runs on. */
export interface StoreFixture {
  /** An empty location, removed after the test. */
  location(): Promise<Location>;
  /** A location where set-up has run. */
  readyLocation(): Promise<Location>;
  /** A store on a location; the caller disposes of it. */
  store<Payload = Uint8Array>(location: Location, codec?: Codec<Payload>): SessionStore<Payload>;
}

/** Runs the same tests on every form of every kind of store. */
export function onEveryStore(
  tests: (fixture: StoreFixture, kind: BackendName) => void,
  wanted: (kind: BackendName) => boolean = () => true,
): void {
  describe.each(forms.filter(([, kind]) => wanted(kind)))('%s', (_title, kind, start) => {
    let storeKind: StoreKind;
    const locations = new AsyncDisposableStack();
    const store: StoreFixture['store'] = (at, codec) => makers[kind](at.options, codec);
    const location = async () => locations.use(await storeKind.makeLocation());
    const readyLocation = async () => {
      const made = await location();
      await using fresh = store(made);
      await fresh.setup({ owner, ifExists: 'Adopt' });
      return made;
    };
    beforeAll(async () => {
      storeKind = await start();
    });
    afterAll(async () => {
      await locations.disposeAsync();
      await storeKind[Symbol.asyncDispose]();
    });
    tests({ location, readyLocation, store }, kind);
  });
}

/** All sessions, those of the same id joined. */
export async function sessionsOf(store: SessionStore): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for await (const [id, payload] of store.iterSessions()) found[id] = Buffer.from(payload).toString('latin1');
  return found;
}

/** The reason for which something was refused, or what came of it. */
export const reasonOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (result) => ({ result }),
    (error: Error & { reason?: string }) => error.reason ?? error,
  );
