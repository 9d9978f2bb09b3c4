import type { Pace, Stepping } from '../pace.ts';
import { StoreError } from '../store-error.ts';
import type { MysqlConnection } from './connection.ts';
import type { Deletion } from './deletion.ts';
import { hasNumber } from './errors.ts';
import type { CleanupTable } from './statements.ts';

/** One clean-up run, as its parts see it. */
export interface CleanupRun {
  readonly connection: MysqlConnection;
  readonly table: CleanupTable;
  /** Every DELETE goes through it. */
  readonly deletion: Deletion;
  /** Sessions whose time is before this are stale: fixed for a whole run, by the server's own clock, in UTC. */
  readonly cutoff: string;
  /** How long a statement should take. */
  readonly pace: Pace;
  /** How many of them share a transaction where a pass over the table deletes. */
  readonly slicesPerStep: number;
  /** Fires: nothing is deleted any more. */
  readonly signal?: AbortSignal | undefined;
}

/** Lock wait timeout, deadlock, and a query that somebody ended. */
const isTransient = (error: unknown): boolean =>
  error instanceof StoreError && hasNumber(error, 1205, 1213, 1317);

/** How a run takes steps of so many rows. */
export const stepping = ({ pace, signal, deletion }: CleanupRun, range: Stepping['range']): Stepping => ({
  ...{ pace, signal, range, isRetryable: (error) => isTransient(error) || deletion.retriesAfter(error) },
});
