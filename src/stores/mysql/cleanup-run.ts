import type { Pace, Stepping } from '../pace.ts';
import type { ProgressMeter } from '../progress-meter.ts';
import { StoreError } from '../store-error.ts';
import type { MysqlConnection } from './connection.ts';
import type { Deletion } from './deletion.ts';
import { hasNumber } from './errors.ts';
import type { CleanupTable } from './statements.ts';

/** One clean-up run, as its parts see it. */
export interface CleanupRun {
  readonly connection: MysqlConnection;
  readonly table: CleanupTable;
  /** All DELETEs use this. */
  readonly deletion: Deletion;
  /** Target duration of a statement. */
  readonly pace: Pace;
  /** Number of statements that share a transaction in a pass over the table. */
  readonly slicesPerStep: number;
  readonly progress: ProgressMeter;
  /** No session is deleted after this fires. */
  readonly signal?: AbortSignal | undefined;
}

/** Lock wait timeout, deadlock, and an interrupted query. */
const isTransient = (error: unknown): boolean =>
  error instanceof StoreError && hasNumber(error, 1205, 1213, 1317);

/** Options for steps of so many rows. */
export const stepping = ({ pace, signal, deletion }: CleanupRun, range: Stepping['range']): Stepping => ({
  ...{ pace, signal, range, isRetryable: (error) => isTransient(error) || deletion.retriesAfter(error) },
});
