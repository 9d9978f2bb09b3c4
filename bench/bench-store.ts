import type { ApplicationOptions } from './application.ts';

export interface Cleaned {
  readonly ms: number;
  /** Milliseconds; where there are statements. */
  readonly slowest?: number;
}

export interface BenchStoreOptions {
  readonly sessions: number;
  /** Whether a table has the layout's clean-up index. */
  readonly index?: boolean;
}

/** A store of sessions, nine of ten of them old, that is filled again before each measurement. */
export interface BenchStore extends AsyncDisposable {
  readonly title: string;
  /** How many of its sessions are old. */
  readonly stale: number;
  /** How an application in a process of its own uses it. */
  readonly application: ApplicationOptions;
  fill(): Promise<void>;
  clean(pace: 'full' | 'polite'): Promise<Cleaned>;
  /** Deletes the same sessions by the one statement or command that this project's clean-up stands in for. */
  deleteAtOnce(): Promise<void>;
}

export const staleOf = (sessions: number): number => Math.floor((sessions / 10) * 9);

/** Throws where a clean-up deleted another number than it should have. */
export function expectDeleted({ deleted }: { readonly deleted: number }, stale: number): void {
  if (deleted !== stale) throw new Error(`Expected ${stale} sessions deleted, found ${deleted}`);
}
