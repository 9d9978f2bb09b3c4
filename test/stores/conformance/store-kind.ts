import type { Codec } from '../../../src/stores/codec.ts';
import type { SessionStore, SetupOptions } from '../../../src/stores/session-store.ts';

/** A kind of store on this machine: its server, where it has one. */
export interface StoreKind extends AsyncDisposable {
  /** A separate, empty location for a store. */
  makeLocation(): Promise<Location>;
}

/** A session with the time since it was saved. */
export interface OldSession {
  readonly id: string;
  readonly payload: Uint8Array;
  readonly ageSeconds: number;
}

/** Operations of a test on a store in addition to using it. */
export interface Location extends AsyncDisposable {
  /** The options of the store's class: JSON, so that another process can be given them. */
  readonly options: object;
  /** Whether several processes may have it open. */
  readonly isMultiprocessSafe: boolean;
  /** Options with which set-up adopts a store that another program created. */
  readonly adopting: Partial<SetupOptions>;
  /** Makes the store as another program would, without a mark. */
  makeUnmarked(): Promise<void>;
  /** Takes the mark of set-up away, as a person or a restored backup may. */
  loseMark(): Promise<void>;
  /** Makes something else in its place that no session library has made: what it holds is worth keeping. */
  makeUnlike(): Promise<void>;
  /** All of what makeUnlike() made, to be compared. */
  unlike(): Promise<unknown>;
  /** Saves sessions as if that many seconds ago; no other process may have the store open. */
  saveOld(sessions: readonly OldSession[]): Promise<void>;
  /** How many sessions of how many bytes are more than one wants in memory; fewer where each takes longer to make. */
  readonly many: { readonly sessions: number; readonly bytes: number };
  /** Saves that many sessions, `filled-0` and so on, of that many bytes each. */
  fill(count: number, bytes: number): Promise<void>;
  /** Saves that many empty sessions as if a day ago, where a great many take only seconds. */
  fillOld?(count: number): Promise<void>;
  /** All files outside of the store, which no save may change. */
  outside(): Promise<unknown>;
}

/** The store's class, on some location's options. */
export type MakeStore = <Payload = Uint8Array>(
  options: object,
  codec?: Codec<Payload>,
) => SessionStore<Payload>;

/** Lets a test name a class as a table of classes can: the options are the location's own. */
export const makerOf =
  (Class: new (options: never) => SessionStore<never>): MakeStore =>
  <Payload>(options: object, codec?: Codec<Payload>) =>
    new Class({ ...options, ...(codec && { codec }) } as never) as unknown as SessionStore<Payload>;
