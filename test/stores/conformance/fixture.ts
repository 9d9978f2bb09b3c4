import { afterAll, beforeAll, describe } from 'vitest';
import type { BackendName } from '../../../src/api/backends/index.ts';
import type { Codec } from '../../../src/stores/codec.ts';
import type { Owner, SessionStore } from '../../../src/stores/session-store.ts';
import { makers } from './makers.ts';
import type { Place, Subject } from './subject.ts';
import { forms } from './subjects.ts';

export const owner: Owner = { installation: 'test', namespace: 'shop', name: 'web' };
export const hour = 3600;

/** A test's access to the store that it runs on. */
export interface Stand {
  /** A place with nothing there, removed after the test. */
  place(): Promise<Place>;
  /** A place where set-up has run. */
  readyPlace(): Promise<Place>;
  /** A store on a place; the caller disposes of it. */
  store<Payload = Uint8Array>(place: Place, codec?: Codec<Payload>): SessionStore<Payload>;
}

/** Runs the same tests on every form of every kind of store. */
export function onEveryStore(
  tests: (stand: Stand, kind: BackendName) => void,
  wanted: (kind: BackendName) => boolean = () => true,
): void {
  describe.each(forms.filter(([, kind]) => wanted(kind)))('%s', (_title, kind, start) => {
    let subject: Subject;
    const places = new AsyncDisposableStack();
    const store: Stand['store'] = (at, codec) => makers[kind](at.options, codec);
    const place = async () => places.use(await subject.makePlace());
    const readyPlace = async () => {
      const made = await place();
      await using fresh = store(made);
      await fresh.setup({ owner, ifExists: 'Adopt' });
      return made;
    };
    beforeAll(async () => {
      subject = await start();
    });
    afterAll(async () => {
      await places.disposeAsync();
      await subject[Symbol.asyncDispose]();
    });
    tests({ place, readyPlace, store }, kind);
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
