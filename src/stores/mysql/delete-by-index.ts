import { inSteps } from '../pace.ts';
import { totalOf } from '../tables/undeletable.ts';
import { type CleanupRun, stepping } from './cleanup-run.ts';
import type { Value } from './connection.ts';
import { addResults, type DeletionResult, nothingDeleted } from './deletion.ts';
import { type IndexedRule, indexStatements } from './statements.ts';
import { boundsOf, type Key, sentValue } from './table-key.ts';

/** In rows. */
const sizeRange = { first: 256, least: 8, most: 16_384 };

export type IndexDeletion = DeletionResult & { readonly complete: boolean };

/** Position of a walk through the index. */
interface Position {
  /** All rows before this time have been seen; undefined at the start. */
  readonly time: Value | undefined;
  /** The last key that was seen for a time with more rows than a batch. */
  readonly key?: Key;
}

interface SpanDeletion extends DeletionResult {
  /** Undefined at the end. */
  readonly next: Position | undefined;
}

/** Deletes the stale rows of each rule in turn. */
export async function deleteByIndex(run: CleanupRun, rules: readonly IndexedRule[]): Promise<IndexDeletion> {
  let result: IndexDeletion = { ...nothingDeleted, complete: true };
  for (const rule of rules) {
    const { complete, ...removed } = await deleteByRule(run, rule);
    result = { ...addResults(result, removed), complete: result.complete && complete };
  }
  return result;
}

/**
 * Deletes the stale rows in batches, oldest first, through the index on their time. Undeletable and locked rows are
 * skipped; no row is checked twice.
 */
async function deleteByRule(run: CleanupRun, rule: IndexedRule): Promise<IndexDeletion> {
  let [removed, at]: [DeletionResult, Position] = [nothingDeleted, { time: undefined }];

  const step = async (size: number): Promise<boolean> => {
    const span = await deleteSpan({ ...run, rule }, at, size);
    run.progress.add(span.deleted, span.deleted + totalOf(span.undeletable));
    removed = addResults(removed, span);
    at = span.next ?? at;
    return span.next === undefined;
  };
  const complete = await inSteps(step, stepping(run, sizeRange));
  return { ...removed, complete };
}

type Walk = CleanupRun & { readonly rule: IndexedRule };

async function timeOf(
  { connection }: Walk,
  text: string,
  values: readonly Value[],
): Promise<Value | undefined> {
  const [row] = await connection.query<{ time: Value }>(text, values);
  return row && sentValue(row.time);
}

const known = (value: Value | undefined): readonly Value[] => (value === undefined ? [] : [value]);

/** One step, in one transaction. */
function deleteSpan(walk: Walk, at: Position, size: number): Promise<SpanDeletion> {
  const { connection, deletion, table, rule } = walk;
  const { spanEnd, lockSpan, deleteSpan } = indexStatements(table, rule);
  return connection.transaction(async () => {
    const { time } = at;
    if (time !== undefined && at.key !== undefined) return deleteSameTime(walk, { ...at, time }, size);
    const end = await timeOf(walk, spanEnd(time), [...known(time), String(size)]);
    if (end !== undefined && end === time) return deleteSameTime(walk, { time: end }, size);
    const values = [...known(time), ...known(end)];
    const rows = { remove: deleteSpan(time, end), lock: lockSpan(time, end), values };
    return { ...(await deletion.ofRange(rows)), next: end === undefined ? undefined : { time: end } };
  });
}

/** If one time has more rows than a batch, they are walked by key. */
async function deleteSameTime(
  walk: Walk,
  { time, key }: { readonly time: Value; readonly key?: Key },
  size: number,
): Promise<SpanDeletion> {
  const { deletion, table, rule } = walk;
  const { lockSameTime, nextTime } = indexStatements(table, rule);
  const keys = await deletion.lock(lockSameTime(key), [
    time,
    ...(key === undefined ? [] : boundsOf(key)),
    String(size),
  ]);
  const removed = await deletion.ofKeys(keys);
  const last = keys.at(-1);
  if (last !== undefined && keys.length === size) return { ...removed, next: { time, key: last } };
  const next = await timeOf(walk, nextTime, [time]);
  return { ...removed, next: next === undefined ? undefined : { time: next } };
}
