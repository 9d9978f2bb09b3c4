import {
  addCounts,
  type CleanupCounts,
  type CountedSlice,
  noCounts,
  sliceCounts,
} from '../tables/cleanup-counts.ts';
import { addRemovals, nothingRemoved, type Removal, type Step, type Walk } from '../tables/walk.ts';
import type { CleanupRun } from './cleanup-run.ts';
import type { Value } from './connection.ts';
import { cleanupStatements } from './statements.ts';
import { boundsOf, type Key, type KeyRow, keyIn } from './table-key.ts';

/** Rows in one statement; a step sends several. In a smaller step, COMMIT and proof would take most of the time. */
const sliceSize = { first: 64, least: 64, most: 32_768 };

/** Position of a pass over the table: the last key that was seen. */
export interface KeyPosition {
  readonly key?: Key;
}

/** The rows after one key, or from the first one, up to another key. */
interface Slice {
  readonly from: Key | undefined;
  readonly last: Key;
  /** True if the slice ends with the table. */
  readonly isLast: boolean;
}

type Done = Step<KeyPosition> & { readonly left: CleanupCounts };

/**
 * One pass over the table in order of its key, from a position on, which counts rows and may delete stale ones. Needs no
 * index. Undeletable and locked rows are skipped.
 */
export const keyWalk = (
  run: CleanupRun,
  { deletes, start = {} }: { readonly deletes: boolean; readonly start?: KeyPosition | undefined },
): Walk<KeyPosition> => ({
  start,
  sizes: sliceSize,
  take: (at, size) => {
    const work = () => takeStep(run, at, { size, deletes });
    return deletes ? run.connection.transaction(work) : work();
  },
});

/** A COMMIT takes as long for a few rows as for many, so several short statements may share one. */
async function takeStep(
  run: CleanupRun,
  at: KeyPosition,
  { size, deletes }: { readonly size: number; readonly deletes: boolean },
): Promise<Done> {
  let step: Done = { ...nothingRemoved, left: noCounts, next: at };
  for (let taken = 0; taken < run.slicesPerStep && step.next; taken += 1) {
    const slice = await nextSlice(run, step.next.key, size);
    if (!slice) return { ...step, next: undefined };
    const removed = deletes ? await deleteIn(run, slice) : nothingRemoved;
    step = {
      ...addRemovals(step, removed),
      left: addCounts(step.left, await countSlice(run, slice)),
      next: slice.isLast ? undefined : { key: slice.last },
    };
  }
  return step;
}

const bounds = (from: Key | undefined): readonly Value[] => (from === undefined ? [] : boundsOf(from));

/** Undefined if the table has no more rows. */
async function nextSlice(
  { connection, table }: CleanupRun,
  from: Key | undefined,
  size: number,
): Promise<Slice | undefined> {
  const { keyAt, lastKey } = cleanupStatements(table);
  const keyOf = async (text: string, ...offset: readonly string[]) =>
    (await connection.query<KeyRow>(text, [...bounds(from), ...offset])).map(keyIn)[0];
  const key = await keyOf(keyAt(from), String(size - 1));
  const last = key ?? (await keyOf(lastKey(from)));
  return last === undefined ? undefined : { from, last, isLast: key === undefined };
}

async function countSlice({ connection, table }: CleanupRun, { from, last }: Slice): Promise<CleanupCounts> {
  const text = cleanupStatements(table).countSlice(from);
  const [seen] = await connection.query<CountedSlice>(text, [...bounds(last), ...bounds(from)]);
  if (!seen) throw new Error('Expected one row of counts, got none');
  return sliceCounts(table.rules, seen);
}

/** A DELETE would wait for live rows that another session has locked, so it is sent only if there are stale rows. */
async function deleteIn(
  { connection, deletion, table }: CleanupRun,
  { from, last }: Slice,
): Promise<Removal> {
  const { findStale, deleteSlice, lockSlice } = cleanupStatements(table);
  const values = [...bounds(last), ...bounds(from)];
  const found = await connection.query(findStale(from), values);
  if (found.length === 0) return nothingRemoved;
  return deletion.ofRange({ remove: deleteSlice(from), lock: lockSlice(from), values });
}
