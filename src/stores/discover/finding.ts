import type { Candidate } from './match-table.ts';

/** The backends that a place can be looked into for. */
type FindingBackend = 'postgres' | 'mysql' | 'directory';

/** A table or a folder that holds sessions, or looks so. JSON, as a pod hands it on through its log. */
export interface Finding {
  readonly backend: FindingBackend;
  /** In PostgreSQL. */
  readonly schema?: string;
  readonly table?: string;
  /** Path of a folder, relative to the place that was checked; empty for the place itself. */
  readonly path?: string;
  /** The SessionStore, as `namespace/name`, whose set-up has marked the place as its own. */
  readonly claimedBy?: string;
  /** Best first; empty where it only looks like sessions. */
  readonly candidates: readonly Candidate[];
  /** The counts by the first candidate. */
  readonly counts?: Counts;
  /** With indexes. */
  readonly bytes?: number;
  /** Whether an index serves clean-up in order of time; `none`: no index can. */
  readonly index?: 'yes' | 'no' | 'none';
  /** The values that the counts take for granted, and that a manifest has to say. */
  readonly assumed: Assumed;
  /** Facts that a person should know, as sentences without a full stop. */
  readonly notes: readonly string[];
}

export interface Counts {
  readonly sessions: number;
  readonly stale: number;
  /** Sessions without a time that can be read. */
  readonly unreadable: number;
  /** True if the numbers come from statistics, or from a sample. */
  readonly isEstimate: boolean;
  /** In ISO 8601. */
  readonly oldestStale?: string;
}

/** Settings of the application that the place itself does not tell. */
export interface Assumed {
  readonly unmodifiedFor?: string;
  readonly ttl?: string;
  readonly timeZone?: string;
  readonly depth?: number;
}

/** Facts about the application that a search takes for granted. */
export interface Assumptions {
  /** A session that has not changed for this long is stale, where the layout knows no expiry; such as `14d`. */
  readonly unmodifiedFor: string;
  /** The lifetime of a session, for files without an expiry of their own. */
  readonly ttl: string;
  /** The application's time zone, if it is known. */
  readonly timeZone?: string | undefined;
}

/** The age from which an expired session counts, as clean-up has it by default. */
export const expiredForSeconds = 300;
