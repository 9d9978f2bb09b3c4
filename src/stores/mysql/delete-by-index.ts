import { inSteps } from '../pace.ts';
import { type CleanupRun, stepping } from './cleanup-run.ts';
import type { Value } from './connection.ts';
import { addResults, type DeletionResult, nothingDeleted } from './deletion.ts';
import { cleanupStatements, firstInstant } from './statements.ts';

/** In rows. */
const sizeRange = { first: 256, least: 8, most: 16_384 };

export type IndexDeletion = DeletionResult & { readonly complete: boolean };

/** Position of a walk through the index. */
interface Position {
  /** All rows before this time have been seen. */
  readonly time: string;
  /** The last key that was seen for a time with more rows than a batch. */
  readonly key?: Value;
}

interface SpanDeletion extends DeletionResult {
  /** Undefined at the end. */
  readonly next: Position | undefined;
}

/**
 * Deletes the stale rows in batches, oldest first, through the index on their time. Undeletable and locked rows are
 * skipped; no row is checked twice.
 */
export async function deleteByIndex(run: CleanupRun): Promise<IndexDeletion> {
  let [removed, at]: [DeletionResult, Position] = [nothingDeleted, { time: firstInstant }];

  const step = async (size: number): Promise<boolean> => {
    const span = await deleteSpan(run, at, size);
    removed = addResults(removed, span);
    at = span.next ?? at;
    return span.next === undefined;
  };
  const complete = await inSteps(step, stepping(run, sizeRange));
  return { ...removed, complete };
}

/** One step, in one transaction. */
function deleteSpan(run: CleanupRun, at: Position, size: number): Promise<SpanDeletion> {
  const { connection, deletion, table, cutoff } = run;
  const { spanEnd, lockSpan, deleteSpan } = cleanupStatements(table);
  return connection.transaction(async () => {
    if (at.key !== undefined) return deleteSameTime(run, at, size);
    const [next] = await connection.query<{ time: string }>(spanEnd, [at.time, cutoff, String(size)]);
    if (next?.time === at.time) return deleteSameTime(run, at, size);
    const rows = { remove: deleteSpan, lock: lockSpan, values: [at.time, next?.time ?? cutoff] };
    return { ...(await deletion.ofRange(rows)), next };
  });
}

/** If one time has more rows than a batch, they are walked by key. */
async function deleteSameTime(
  { connection, deletion, table, cutoff }: CleanupRun,
  { time, key }: Position,
  size: number,
): Promise<SpanDeletion> {
  const { lockSameTime, nextTime } = cleanupStatements(table);
  const bounds = key === undefined ? [time] : [time, key];
  const keys = await deletion.lock(lockSameTime(key), [...bounds, String(size)]);
  const removed = await deletion.ofKeys(keys);
  const last = keys.at(-1);
  if (last !== undefined && keys.length === size) return { ...removed, next: { time, key: last } };
  const [next] = await connection.query<{ time: string | null }>(nextTime, [time, cutoff]);
  return { ...removed, next: next?.time ? { time: next.time } : undefined };
}
