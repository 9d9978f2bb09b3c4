import type { Owner } from '../api/owner.ts';
import type { CleanupReport, SetupReport } from '../api/runner-result.ts';

export type { Owner } from '../api/owner.ts';

export interface SetupOptions {
  readonly owner: Owner;
  readonly ifExists: 'Adopt' | 'Fail' | 'Overwrite';
  /** Needed by Overwrite: it permits one, ever. */
  readonly overwriteToken?: string;
  /** Tokens known to be spent, whatever the mark says, as earlier reports gave them. */
  readonly spentTokens?: readonly string[];
  /** Whether an adopted store may get the layout's clean-up index. */
  readonly createIndex?: boolean;
  /** Whether set-up may change an adopted store's shape, where the store knows how. */
  readonly migrate?: boolean;
}

export interface CleanupOptions {
  /** Set by the operator, whose clean-up looks at the mark first; absent where a program cleans its own store. */
  readonly owner?: Owner;
  /** What set-up reported: false where it could put no mark there. Any other table without the owner's mark is refused. */
  readonly marked?: boolean;
  /** How long a session must have been expired or unmodified, by the store's own clock. */
  readonly ageSeconds: number;
  readonly dryRun?: boolean;
  readonly pace?: 'polite' | 'full';
  /** The time zone that set-up found the application's connections to have, where that is known. */
  readonly recordedTimeZone?: string;
  /** Whether this connection is clean-up's own: its time zone then says nothing of the application's. */
  readonly hasOwnConnection?: boolean;
  /** When it fires, the run stops at the next safe point and reports what it did. */
  readonly signal?: AbortSignal;
}

/** A session's id and what was saved under it. */
export type Session<Payload = Uint8Array> = readonly [id: string, payload: Payload];

/**
 * The SessionStore API of session3 (https://pypi.org/project/session3/). A payload is opaque bytes, or what a codec makes
 * of them. Every method throws StoreError where the store refuses; what a driver throws is wrapped in one.
 */
export interface SessionStore<Payload = Uint8Array> extends AsyncDisposable {
  /** Whether several processes may use the store at once. */
  readonly isMultiprocessSafe: boolean;
  /** Whether several threads (here: concurrent calls) of one process may. */
  readonly isThreadSafe: boolean;
  /** The session's payload, or undefined. */
  loadSession(id: string): Promise<Payload | undefined>;
  /** Saves the session, and always moves its time of change. */
  saveSession(id: string, payload: Payload): Promise<void>;
  /** Deletes the session if it exists. */
  deleteSession(id: string): Promise<void>;
  hasSession(id: string): Promise<boolean>;
  /** Every session, streamed: memory stays flat however many there are. For admin tools. */
  iterSessions(): AsyncIterable<Session<Payload>>;
  /** Makes what the store needs; safe to repeat, to kill at any instant and to run twice at once. */
  setup(options: SetupOptions): Promise<SetupReport>;
  /** Deletes what is too old; safe to repeat, to kill at any instant and to run twice at once. */
  deleteOldSessions(options: CleanupOptions): Promise<CleanupReport>;
}

/** A store that is open: what each kind of store implements, on bytes alone. */
export type ByteStore = Omit<SessionStore, 'isMultiprocessSafe' | 'isThreadSafe'>;
