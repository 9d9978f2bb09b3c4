import { inSteps } from '../pace.ts';
import { addCounts, type CleanupCounts, noCounts, oldestBy } from '../tables/cleanup-counts.ts';
import { type CleanupRun, stepping } from './cleanup-run.ts';
import type { Value } from './connection.ts';
import { addResults, type DeletionResult, nothingDeleted } from './deletion.ts';
import { cleanupStatements } from './statements.ts';
import { boundsOf, type Key, type KeyRow, keyIn } from './table-key.ts';

/** Rows in one statement; a step sends several. In a smaller step, COMMIT and proof would take most of the time. */
const sliceSize = { first: 64, least: 64, most: 32_768 };

/** Position of a pass over the table. */
export interface Scan extends DeletionResult {
  /** Counts of the seen rows after the deletion. */
  readonly counts: CleanupCounts;
  /** The last key that was seen. */
  readonly from?: Key;
  readonly complete: boolean;
}

/** The rows after one key, or from the first one, up to another key. */
interface Slice {
  readonly from: Key | undefined;
  readonly last: Key;
  /** True if the slice ends with the table. */
  readonly isLast: boolean;
}

interface Seen {
  readonly rows: number;
  readonly overdue: string | null;
  readonly unreadable: string | null;
  /** The oldest of each rule. */
  readonly [oldest: `oldest${number}`]: number | null;
}

/** Deleted and remaining rows of a slice. */
interface Cleaned extends DeletionResult {
  readonly left: CleanupCounts;
}

/** Result of a step, and its position. */
interface Step extends Cleaned {
  readonly from: Key | undefined;
  readonly isLast: boolean;
}

/**
 * Deletes stale rows in one pass over the table in order of its key, and counts the rest. Needs no index. Undeletable
 * and locked rows are skipped.
 */
export const deleteByScan = (run: CleanupRun): Promise<Scan> => scan(run, undefined, true);

/** Counts the rows after a key, or all rows. */
export const countByScan = (run: CleanupRun, from?: Key): Promise<Scan> => scan(run, from, false);

async function scan(run: CleanupRun, start: Key | undefined, deletes: boolean): Promise<Scan> {
  let [result, counts, from]: [DeletionResult, CleanupCounts, Key | undefined] = [
    nothingDeleted,
    noCounts,
    start,
  ];
  const step = async (size: number): Promise<boolean> => {
    const work = () => takeStep(run, { from, size, deletes });
    const taken = await (deletes ? run.connection.transaction(work) : work());
    run.progress.add(taken.deleted, taken.deleted + (taken.left.rows ?? 0));
    result = addResults(result, taken);
    counts = addCounts(counts, taken.left);
    from = taken.from;
    return taken.isLast;
  };
  const pace = { ...run.pace, targetMs: run.pace.targetMs * run.slicesPerStep };
  const complete = await inSteps(step, { ...stepping(run, sliceSize), pace });
  return { ...result, counts, complete, ...(from !== undefined && { from }) };
}

/** A COMMIT takes as long for a few rows as for many, so several short statements may share one. */
async function takeStep(
  run: CleanupRun,
  {
    from: start,
    size,
    deletes,
  }: { readonly from: Key | undefined; readonly size: number; readonly deletes: boolean },
): Promise<Step> {
  let step: Step = { ...nothingDeleted, left: noCounts, from: start, isLast: false };
  for (let taken = 0; taken < run.slicesPerStep && !step.isLast; taken += 1) {
    const slice = await nextSlice(run, step.from, size);
    if (!slice) return { ...step, isLast: true };
    const cleaned = await (deletes ? cleanSlice : countSlice)(run, slice);
    step = {
      ...addResults(step, cleaned),
      ...{ left: addCounts(step.left, cleaned.left), from: slice.last, isLast: slice.isLast },
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

async function countSlice({ connection, table }: CleanupRun, { from, last }: Slice): Promise<Cleaned> {
  const text = cleanupStatements(table).countSlice(from);
  const [seen] = await connection.query<Seen>(text, [...bounds(last), ...bounds(from)]);
  if (!seen) throw new Error('Expected one row of counts, got none');
  const { rows, overdue, unreadable } = seen;
  const counts = { rows: Number(rows), overdue: Number(overdue ?? 0), unreadable: Number(unreadable ?? 0) };
  const oldest = oldestBy(table.rules, (pass) => seen[`oldest${pass}`]);
  return { ...nothingDeleted, left: { ...noCounts, ...counts, oldest } };
}

async function cleanSlice(run: CleanupRun, slice: Slice): Promise<Cleaned> {
  const removed = await deleteIn(run, slice);
  return { ...removed, left: (await countSlice(run, slice)).left };
}

/** A DELETE would wait for live rows that another session has locked, so it is sent only if there are stale rows. */
async function deleteIn(
  { connection, deletion, table }: CleanupRun,
  { from, last }: Slice,
): Promise<DeletionResult> {
  const { findStale, deleteSlice, lockSlice } = cleanupStatements(table);
  const values = [...bounds(last), ...bounds(from)];
  const found = await connection.query(findStale(from), values);
  if (found.length === 0) return nothingDeleted;
  return deletion.ofRange({ remove: deleteSlice(from), lock: lockSlice(from), values });
}
