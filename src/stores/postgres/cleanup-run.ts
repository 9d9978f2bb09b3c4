import type { StaleTest } from '../tables/stale-test.ts';
import type { Pacing } from '../tables/walk.ts';
import type { PostgresConnection } from './connection.ts';
import { hasCode, isOutOfTime } from './errors.ts';
import type { LocalSettings } from './settings.ts';

/** One clean-up run, as its parts see it. */
export interface CleanupRun extends Pacing {
  readonly connection: PostgresConnection;
  readonly test: StaleTest;
  /** SQL expressions for a row `t`: a foreign key keeps the row if one is true. */
  readonly references: readonly string[];
}

/** serialization_failure, deadlock_detected, lock_not_available, and a statement out of time. */
export const isTransient = (error: unknown): boolean =>
  hasCode(error, '40001', '40P01', '55P03') || isOutOfTime(error);

/**
 * Settings of every transaction of clean-up, and only of these. No statement should take a tenth of a second; the limit
 * is for a server in trouble. Compiling a statement or using parallel workers would cost more than it gains. A COMMIT
 * does not wait for the disk: if a crash brings sessions back, the next run deletes them again.
 */
export const localSettings: LocalSettings = {
  lock_timeout: '1s',
  statement_timeout: '5s',
  jit: 'off',
  synchronous_commit: 'off',
  max_parallel_workers_per_gather: '0',
};
