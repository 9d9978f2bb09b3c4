import type { CleanupReport, SetupReport } from '../api/runner-result.ts';
import { checkCleanup, checkSetup } from './checked-options.ts';
import { asBytes, type Codec } from './codec.ts';
import type { ByteStore, CleanupOptions, Session, SessionStore, SetupOptions } from './session-store.ts';
import { StoreError } from './store-error.ts';

/** Opens a store; the store calls `lost` once it is no longer usable. */
export type Opener = (lost: () => void) => Promise<ByteStore>;

/**
 * A store as a program uses it: opened by the first call, opened again by the next call after it was lost, with
 * payloads in the program's own form.
 */
export abstract class ReconnectingStore<Payload> implements SessionStore<Payload> {
  abstract readonly isMultiprocessSafe: boolean;
  abstract readonly isThreadSafe: boolean;
  readonly #opener: Opener;
  readonly #codec: Codec<Payload>;
  #opened: Promise<ByteStore> | undefined;
  /** Calls without a response yet. */
  readonly #calls = new Set<Promise<unknown>>();
  #isDisposed = false;

  /** Without a codec payloads are bytes; the type `Coding` ensures that. */
  protected constructor(opener: Opener, codec: Codec<Payload> | undefined) {
    this.#opener = opener;
    this.#codec = codec ?? (asBytes as unknown as Codec<Payload>);
  }

  /** Opens the store now, to report an error early; otherwise the first call opens it. */
  async open(): Promise<this> {
    await this.#store();
    return this;
  }

  async loadSession(id: string): Promise<Payload | undefined> {
    const bytes = await this.#use((store) => store.loadSession(id));
    return bytes === undefined ? undefined : this.#decoded(bytes);
  }

  async saveSession(id: string, payload: Payload): Promise<void> {
    // Encodes before anything is awaited, because the payload may change afterwards.
    const bytes = this.#encoded(payload);
    await this.#use((store) => store.saveSession(id, bytes));
  }

  async deleteSession(id: string): Promise<void> {
    await this.#use((store) => store.deleteSession(id));
  }

  async hasSession(id: string): Promise<boolean> {
    return this.#use((store) => store.hasSession(id));
  }

  async *iterSessions(): AsyncGenerator<Session<Payload>> {
    const store = await this.#store();
    for await (const [id, bytes] of store.iterSessions()) yield [id, this.#decoded(bytes)];
  }

  async setup(options: SetupOptions): Promise<SetupReport> {
    checkSetup(options);
    return this.#use((store) => store.setup(options));
  }

  async deleteOldSessions(options: CleanupOptions): Promise<CleanupReport> {
    checkCleanup(options);
    return this.#use((store) => store.deleteOldSessions(options));
  }

  /** Closes the store for good once all earlier calls have finished, except reads by iterSessions(). */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    await Promise.allSettled(this.#calls);
    const opened = this.#opened;
    this.#opened = undefined;
    // The caller that opened the store already got the error.
    const store = await opened?.catch(() => undefined);
    await store?.[Symbol.asyncDispose]();
  }

  async #use<T>(work: (store: ByteStore) => Promise<T>): Promise<T> {
    const call = this.#store().then(work);
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  async #store(): Promise<ByteStore> {
    if (this.#isDisposed)
      throw new StoreError('InvalidInput', 'Expected a store in use; this one was closed');
    this.#opened ??= this.#open();
    return this.#opened;
  }

  #open(): Promise<ByteStore> {
    const forget = (): void => {
      if (this.#opened === opened) this.#opened = undefined;
    };
    const opened = this.#opener(forget);
    opened.catch(forget);
    return opened;
  }

  #encoded(payload: Payload): Uint8Array {
    return this.#coding('write', () => this.#codec.encode(payload));
  }

  #decoded(bytes: Uint8Array): Payload {
    return this.#coding('read', () => this.#codec.decode(bytes));
  }

  /** A session's id gives access to the session, so the error does not contain it. */
  #coding<T>(verb: 'read' | 'write', work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof StoreError) throw error;
      const reason = verb === 'read' ? 'ShapeMismatch' : 'InvalidInput';
      throw new StoreError(reason, `Expected a session that its codec can ${verb}; it threw: see the cause`, {
        cause: error,
      });
    }
  }
}
