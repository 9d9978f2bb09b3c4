import type { Owner } from '../api/owner.ts';
import type { Progress } from '../api/progress.ts';
import type { CleanupReport, SetupReport } from '../api/runner-result.ts';

export type { Owner } from '../api/owner.ts';

export interface SetupOptions {
  readonly owner: Owner;
  readonly ifExists: 'Adopt' | 'Fail' | 'Overwrite';
  /** Required for Overwrite: permits one overwrite. */
  readonly overwriteToken?: string;
  /** Spent tokens from earlier reports; they stay spent for any content of the mark. */
  readonly spentTokens?: readonly string[];
  /** Whether an adopted store may get the layout's clean-up index. */
  readonly createIndex?: boolean;
  /** Whether set-up may change an adopted store's shape, for stores that support it. */
  readonly migrate?: boolean;
}

/** How far a clean-up is: `seen` of about `of` sessions, where `of` is known without another scan. */
export type CleanupProgress = Omit<Progress, 'rate'>;

export interface CleanupOptions {
  /** Set by the operator, whose clean-up checks the mark first; absent if a program cleans its own store. */
  readonly owner?: Owner;
  /**
   * From set-up's report: false if it could not mark the store. Every other table without the owner's mark is refused.
   */
  readonly marked?: boolean;
  /** Time for which a session must have been expired or unmodified, by the store's own clock. */
  readonly ageSeconds: number;
  readonly dryRun?: boolean;
  readonly pace?: 'polite' | 'full';
  /** The time zone of the application's connections as set-up found it, if known. */
  readonly recordedTimeZone?: string;
  /** True if this connection is clean-up's own: its time zone may differ from the application's. */
  readonly hasOwnConnection?: boolean;
  /** When it fires, the run stops at the next safe point and reports what it did. */
  readonly signal?: AbortSignal;
  /** Called before the first step and after each: many times a second. An error that it throws ends the run. */
  readonly onProgress?: (progress: CleanupProgress) => void;
}

/** A session's id and its payload. */
export type Session<Payload = Uint8Array> = readonly [id: string, payload: Payload];

/**
 * The SessionStore API of session3 (https://pypi.org/project/session3/). A payload is opaque bytes, or a value of a
 * codec. Every method throws StoreError for a refusal of the store; errors of a driver are wrapped in one.
 */
export interface SessionStore<Payload = Uint8Array> extends AsyncDisposable {
  /** True if several processes may use the store at the same time. */
  readonly isMultiprocessSafe: boolean;
  /** True if several threads (here: concurrent calls) of one process may use the store. */
  readonly isThreadSafe: boolean;
  /** The session's payload, or undefined. */
  loadSession(id: string): Promise<Payload | undefined>;
  /** Saves the session and always updates its time of change. */
  saveSession(id: string, payload: Payload): Promise<void>;
  /** Deletes the session if it exists. */
  deleteSession(id: string): Promise<void>;
  hasSession(id: string): Promise<boolean>;
  /** Every session, streamed: memory stays constant for any number of sessions. For admin tools. */
  iterSessions(): AsyncIterable<Session<Payload>>;
  /**
   * Creates the tables or files of the store; safe to repeat, to kill at any instant and to run twice at the same time.
   */
  setup(options: SetupOptions): Promise<SetupReport>;
  /** Deletes old sessions; safe to repeat, to kill at any instant and to run twice at the same time. */
  deleteOldSessions(options: CleanupOptions): Promise<CleanupReport>;
}

/** An open store: the part that each kind of store implements, on bytes alone. */
export type ByteStore = Omit<SessionStore, 'isMultiprocessSafe' | 'isThreadSafe'>;

/**
 * Opens a store at its location: one function for each kind of store, which its class and a run both use. It calls `lost`
 * once the store is no longer usable, for example because its connection has ended.
 */
export type OpenAt<Location> = (location: Location, lost?: () => void) => Promise<ByteStore>;
