import { inSteps } from '../pace.ts';
import { nothing, sum, type Tally } from '../tables/tally.ts';
import type { Value } from './connection.ts';
import { both, nothingRemoved, type Removed } from './deletion.ts';
import { cleanupStatements } from './statements.ts';
import { stepping, type Task } from './task.ts';

/** Rows in one statement, of which a step sends several. */
const sliceSize = { first: 64, least: 8, most: 32_768 };

/** Where a pass over the table is. */
export interface Sweep extends Removed {
  /** Of the rows that were seen, after the deletion. */
  readonly tally: Tally;
  /** The last key that was seen. */
  readonly from?: Value;
  readonly complete: boolean;
}

/** The rows after one key, or from the first one on, up to another. */
interface Slice {
  readonly from: Value | undefined;
  readonly last: Value;
  /** Whether it ends with the table. */
  readonly isLast: boolean;
}

interface Seen {
  readonly rows: number;
  readonly overdue: string | null;
  readonly unreadable: string | null;
  readonly oldest: string | null;
}

/** What was deleted of some rows, and what is left of them. */
interface Cleaned extends Removed {
  readonly left: Tally;
}

/** What a step has done, and where it has come to. */
interface Step extends Cleaned {
  readonly from: Value | undefined;
  readonly isLast: boolean;
}

/**
 * Goes once over the table in order of its key, deletes what is stale and counts what is left. Needs no index. What cannot
 * be deleted, and what somebody holds, is passed over.
 */
export async function sweep(
  task: Task,
  { from: start, deletes }: { readonly from?: Value | undefined; readonly deletes: boolean },
): Promise<Sweep> {
  let [removed, tally, from]: [Removed, Tally, Value | undefined] = [nothingRemoved, nothing, start];
  const step = async (size: number): Promise<boolean> => {
    const work = () => takeStep(task, { from, size, deletes });
    const taken = await (deletes ? task.connection.transaction(work) : work());
    removed = both(removed, taken);
    tally = sum(tally, taken.left);
    from = taken.from;
    return taken.isLast;
  };
  const { targetMs } = task.pace;
  const pace = { ...task.pace, targetMs: targetMs * task.slicesPerStep };
  const complete = await inSteps(step, { ...stepping(task, sliceSize), pace });
  return { ...removed, tally, complete, ...(from !== undefined && { from }) };
}

/** A COMMIT takes as long for a few rows as for many: so several statements, each of them short, may share one. */
async function takeStep(
  task: Task,
  {
    from: start,
    size,
    deletes,
  }: { readonly from: Value | undefined; readonly size: number; readonly deletes: boolean },
): Promise<Step> {
  let step: Step = { ...nothingRemoved, left: nothing, from: start, isLast: false };
  for (let taken = 0; taken < task.slicesPerStep && !step.isLast; taken += 1) {
    const slice = await nextSlice(task, step.from, size);
    if (!slice) return { ...step, isLast: true };
    const cleaned = await (deletes ? cleanSlice : look)(task, slice);
    step = {
      ...both(step, cleaned),
      ...{ left: sum(step.left, cleaned.left), from: slice.last, isLast: slice.isLast },
    };
  }
  return step;
}

const bounds = (from: Value | undefined): readonly Value[] => (from === undefined ? [] : [from]);

/** Undefined where the table has no more rows. */
async function nextSlice(
  { connection, ground }: Task,
  from: Value | undefined,
  size: number,
): Promise<Slice | undefined> {
  const { keyAt, lastKey } = cleanupStatements(ground);
  const keyOf = async (text: string, ...offset: readonly string[]) =>
    (await connection.query<{ key: Value }>(text, [...bounds(from), ...offset]))[0]?.key;
  const key = await keyOf(keyAt(from), String(size - 1));
  const last = key ?? (await keyOf(lastKey(from)));
  return last === undefined ? undefined : { from, last, isLast: key === undefined };
}

async function look({ connection, ground, cutoff }: Task, { from, last }: Slice): Promise<Cleaned> {
  const text = cleanupStatements(ground).countSlice(from);
  const [seen] = await connection.query<Seen>(text, [cutoff, cutoff, last, ...bounds(from)]);
  if (!seen) throw new Error('Expected one row of counts, got none');
  const { rows, overdue, unreadable, oldest } = seen;
  const counts = { rows: Number(rows), overdue: Number(overdue ?? 0), unreadable: Number(unreadable ?? 0) };
  const left = { ...nothing, ...counts, oldest: oldest === null ? nothing.oldest : Number(oldest) };
  return { ...nothingRemoved, left };
}

async function cleanSlice(task: Task, slice: Slice): Promise<Cleaned> {
  const removed = await deleteIn(task, slice);
  return { ...removed, left: (await look(task, slice)).left };
}

/** A DELETE would wait for live rows that somebody holds, and so is sent only where something is stale. */
async function deleteIn(
  { connection, deletion, ground, cutoff }: Task,
  { from, last }: Slice,
): Promise<Removed> {
  const { findStale, deleteSlice, lockSlice } = cleanupStatements(ground);
  const values = [cutoff, last, ...bounds(from)];
  const found = await connection.query(findStale(from), values);
  if (found.length === 0) return nothingRemoved;
  return deletion.ofRange({ remove: deleteSlice(from), lock: lockSlice(from), values });
}
