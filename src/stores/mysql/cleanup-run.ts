import type { Pacing } from '../tables/walk.ts';
import type { MysqlConnection } from './connection.ts';
import type { Deletion } from './deletion.ts';
import { hasNumber } from './errors.ts';
import type { CleanupTable } from './statements.ts';

/** One clean-up run, as its parts see it. */
export interface CleanupRun extends Pacing {
  readonly connection: MysqlConnection;
  readonly table: CleanupTable;
  /** All DELETEs use this. */
  readonly deletion: Deletion;
  /** Number of statements that share a transaction in a pass over the table. */
  readonly slicesPerStep: number;
}

/** Lock wait timeout, deadlock, and an interrupted query. */
export const isTransient = (error: unknown): boolean => hasNumber(error, 1205, 1213, 1317);
