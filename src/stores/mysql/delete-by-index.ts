import type { Step, Walk } from '../tables/walk.ts';
import type { CleanupRun } from './cleanup-run.ts';
import type { Value } from './connection.ts';
import { type IndexedRule, indexStatements } from './statements.ts';
import { boundsOf, type Key, sentValue } from './table-key.ts';

/** In rows. */
const sizeRange = { first: 256, least: 8, most: 16_384 };

/** Position of a walk through the index. */
interface Position {
  /** All rows before this time have been seen; undefined at the start. */
  readonly time: Value | undefined;
  /** The last key that was seen for a time with more rows than a batch. */
  readonly key?: Key;
}

/**
 * The stale rows of a rule in batches, oldest first, through the index on their time. Undeletable and locked rows are
 * skipped; no row is checked twice.
 */
export const indexWalk = (run: CleanupRun, rule: IndexedRule): Walk<Position> => ({
  start: { time: undefined },
  sizes: sizeRange,
  take: (at, size) => deleteSpan({ ...run, rule }, at, size),
});

type IndexRun = CleanupRun & { readonly rule: IndexedRule };

async function timeOf(
  { connection }: IndexRun,
  text: string,
  values: readonly Value[],
): Promise<Value | undefined> {
  const [row] = await connection.query<{ time: Value }>(text, values);
  return row && sentValue(row.time);
}

const known = (value: Value | undefined): readonly Value[] => (value === undefined ? [] : [value]);

/** One step, in one transaction. */
function deleteSpan(run: IndexRun, at: Position, size: number): Promise<Step<Position>> {
  const { connection, deletion, table, rule } = run;
  const { spanEnd, lockSpan, deleteSpan } = indexStatements(table, rule);
  return connection.transaction(async () => {
    const { time } = at;
    if (time !== undefined && at.key !== undefined) return deleteSameTime(run, { ...at, time }, size);
    const end = await timeOf(run, spanEnd(time), [...known(time), String(size)]);
    if (end !== undefined && end === time) return deleteSameTime(run, { time: end }, size);
    const values = [...known(time), ...known(end)];
    const rows = { remove: deleteSpan(time, end), lock: lockSpan(time, end), values };
    return { ...(await deletion.ofRange(rows)), next: end === undefined ? undefined : { time: end } };
  });
}

/** If one time has more rows than a batch, they are gone over by key. */
async function deleteSameTime(
  run: IndexRun,
  { time, key }: { readonly time: Value; readonly key?: Key },
  size: number,
): Promise<Step<Position>> {
  const { deletion, table, rule } = run;
  const { lockSameTime, nextTime } = indexStatements(table, rule);
  const keys = await deletion.lock(lockSameTime(key), [
    time,
    ...(key === undefined ? [] : boundsOf(key)),
    String(size),
  ]);
  const removed = await deletion.ofKeys(keys);
  const last = keys.at(-1);
  if (last !== undefined && keys.length === size) return { ...removed, next: { time, key: last } };
  const next = await timeOf(run, nextTime, [time]);
  return { ...removed, next: next === undefined ? undefined : { time: next } };
}
