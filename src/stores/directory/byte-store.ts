import type { CleanupReport, SetupReport } from '../../api/runner-result.ts';
import type { ByteStore, CleanupOptions, Session, SetupOptions } from '../session-store.ts';
import { deleteOldSessions } from './cleanup.ts';
import type { StoreContext } from './context.ts';
import { asStoreErrors, storeErrorOf } from './errors.ts';
import { deleteSession, hasSession, iterSessions, loadSession, saveSession } from './sessions.ts';
import { setup } from './setup.ts';

/** Sessions as files in a folder. */
export class DirectoryByteStore implements ByteStore {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  async loadSession(id: string): Promise<Uint8Array | undefined> {
    return asStoreErrors(this.#context.places, () => loadSession(this.#context, id));
  }

  async saveSession(id: string, payload: Uint8Array): Promise<void> {
    return asStoreErrors(this.#context.places, () => saveSession(this.#context, id, payload));
  }

  async deleteSession(id: string): Promise<void> {
    return asStoreErrors(this.#context.places, () => deleteSession(this.#context, id));
  }

  async hasSession(id: string): Promise<boolean> {
    return asStoreErrors(this.#context.places, () => hasSession(this.#context, id));
  }

  async *iterSessions(): AsyncGenerator<Session> {
    try {
      yield* iterSessions(this.#context);
    } catch (error) {
      throw storeErrorOf(error, this.#context.places);
    }
  }

  async setup(options: SetupOptions): Promise<SetupReport> {
    return asStoreErrors(this.#context.places, () => setup(this.#context, options));
  }

  async deleteOldSessions(options: CleanupOptions): Promise<CleanupReport> {
    return asStoreErrors(this.#context.places, () => deleteOldSessions(this.#context, options));
  }

  /** Nothing is kept open. */
  async [Symbol.asyncDispose](): Promise<void> {
    return;
  }
}
