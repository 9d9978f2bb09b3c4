import { StoreError } from '../../runner/store-error.ts';
import type { Pace, Stepping } from '../pace.ts';
import type { MysqlConnection, Value } from './connection.ts';
import { hasNumber } from './errors.ts';
import { cleanupStatements, type Ground } from './statements.ts';

/** One clean-up run, as its parts see it. */
export interface Task {
  readonly connection: MysqlConnection;
  readonly ground: Ground;
  /** Sessions whose time is before this are stale: fixed for a whole run, by the server's own clock, in UTC. */
  readonly cutoff: string;
  readonly pace: Pace;
  /** Fires: nothing is deleted any more. */
  readonly signal?: AbortSignal | undefined;
}

/** Lock wait timeout, deadlock, and a query that somebody ended. */
const mayPass = (error: unknown): boolean =>
  error instanceof StoreError && hasNumber(error, 1205, 1213, 1317);

/** How a task takes steps of so many rows. */
export const stepping = ({ pace, signal }: Task, range: Stepping['range']): Stepping => ({
  ...{ pace, signal, range, isRetryable: mayPass },
});

/** Keys in one statement: as many as the next power of two, the last one repeated, so that few are ever prepared. */
const leastKeys = 8;

function padded(keys: readonly Value[]): readonly Value[] {
  let length = leastKeys;
  while (length < keys.length) length *= 2;
  return [...keys, ...Array<Value>(length - keys.length).fill(keys.at(-1) ?? null)];
}

/** A row that clean-up has locked. */
export interface Locked {
  readonly key: Value;
  readonly time?: string;
}

/** Locks rows by the statement, deletes them, and gives both: how many, and which were locked. */
export function deleteLocked(
  { connection, ground, cutoff }: Task,
  statement: string,
  values: readonly Value[],
): Promise<{ readonly deleted: number; readonly locked: readonly Locked[] }> {
  return connection.transaction(async () => {
    const locked = await connection.query<Locked>(statement, values);
    if (locked.length === 0) return { deleted: 0, locked };
    const keys = padded(locked.map(({ key }) => key));
    const deleted = await connection.change(cleanupStatements(ground).delete(keys.length), [cutoff, ...keys]);
    return { deleted, locked };
  });
}
