import { inSteps } from '../pace.ts';
import { addCounts, type CleanupCounts, noCounts } from '../tables/cleanup-counts.ts';
import type { Leaf } from './leaf.ts';
import { type End, proven } from './proof.ts';
import {
  adding,
  Caution,
  deleteEach,
  type Kept,
  type Refused,
  refusedIn,
  type Take,
  undeferred,
} from './refusals.ts';
import { cleanupStatements } from './statements.ts';
import { hasCode, localSettings, stepping, type Task } from './task.ts';

/** Pages. */
const sliceSize = { first: 32, least: 1, most: 16_384 };
/** Pages whose rows may be gone through one by one. */
const carefulSize = 8;
/** How long a slice waits for rows that somebody has locked before it goes on without them. */
const briefly = '40ms';

/** A slice is read by its pages and in no other way; the proof in each statement by the catalogue's indexes. */
const bySlice = {
  ...localSettings,
  ...{ enable_tidscan: 'on', enable_indexscan: 'on', enable_seqscan: 'off', enable_bitmapscan: 'off' },
};

export interface SweepOptions {
  /** The page to begin at. */
  readonly from?: number;
  /** Whether stale rows are deleted, or only counted. */
  readonly deletes: boolean;
}

export interface Sweep {
  readonly deleted: number;
  /** Of the pages that were seen, after the deletion: exact. */
  readonly counts: CleanupCounts;
  readonly refused: Refused;
  /** The first page that was not seen: the number of pages where all were. */
  readonly next: number;
  /** Why it ended before the last page; figures of a rewritten leaf are void. */
  readonly end?: End;
}

interface Slice {
  readonly gone: number;
  readonly kept: readonly Kept[];
  readonly left: SliceCount;
  /** The first page after it. */
  readonly end: number;
  readonly proof: string;
}

/** Goes once over a leaf's heap, slice by slice, deletes what is stale and counts what is left. Needs no index. */
export async function sweep(leaf: Leaf, task: Task, { from = 0, deletes }: SweepOptions): Promise<Sweep> {
  const caution = new Caution(carefulSize);
  const worker = new SliceWorker(leaf, task, deletes);
  let seen: Omit<Sweep, 'end'> = { deleted: 0, counts: noCounts, refused: {}, next: from };
  let end: End | undefined;

  const take: Take<Slice> = (size, isCareful) =>
    worker.work(seen.next, Math.min(seen.next + size, leaf.pages), isCareful);
  const step = async (wanted: number): Promise<boolean> => {
    const slice = await caution.attempt(wanted, take);
    if (slice === undefined) return false;
    if (typeof slice === 'string') {
      end = slice;
      return true;
    }
    const { left } = slice;
    seen = {
      deleted: seen.deleted + slice.gone,
      counts: addCounts(seen.counts, { ...noCounts, ...left, oldest: left.oldest ?? noCounts.oldest }),
      refused: adding(seen.refused, refusedIn(slice.kept)),
      next: slice.end,
    };
    return slice.end >= leaf.pages;
  };
  await inSteps(step, stepping(task, sliceSize));
  return { ...seen, ...(end && { end }) };
}

/** Takes one slice in one transaction. */
class SliceWorker {
  readonly #leaf: Leaf;
  readonly #task: Task;
  readonly #deletes: boolean;
  readonly #statements: ReturnType<typeof cleanupStatements>;
  /** Whether it waits for rows that somebody has locked, until that took too long once. */
  #waits = true;

  constructor(leaf: Leaf, task: Task, deletes: boolean) {
    this.#leaf = leaf;
    this.#task = task;
    this.#deletes = deletes;
    this.#statements = cleanupStatements(leaf, task.layout, task.cutoff);
  }

  /** The pages from one up to another. */
  async work(from: number, to: number, isCareful: boolean): Promise<Slice | End> {
    const { connection, cutoff } = this.#task;
    const values = [cutoff.text, `(${from},0)`, `(${to},0)`];
    const work = async (): Promise<Slice> => {
      const done = this.#deletes ? await this.#delete(values, isCareful) : { gone: 0, kept: [] };
      const { rows } = await connection.query<SliceCount & Pick<Slice, 'proof'>>(
        this.#statements.countSlice,
        values,
      );
      if (!rows[0]) throw new Error('Expected one row about the slice, got none');
      const { proof, ...left } = rows[0];
      return { ...done, left, proof, end: to };
    };
    const settings = { ...bySlice, ...(this.#waits && { lock_timeout: briefly }) };
    return proven(this.#task, this.#leaf, work, settings).catch((error: unknown) => {
      if (this.#waits && hasCode(error, '55P03')) this.#waits = false;
      throw error;
    });
  }

  async #delete(values: readonly string[], isCareful: boolean): Promise<Pick<Slice, 'gone' | 'kept'>> {
    const { connection } = this.#task;
    if (!isCareful) {
      const statement = this.#waits ? this.#statements.deleteSlice : this.#statements.deleteSliceUnlocked;
      return { gone: (await connection.query(statement, values)).rowCount ?? 0, kept: [] };
    }
    await connection.query(undeferred);
    const { rows } = await connection.query<{ ctid: string }>(this.#statements.lockSlice, values);
    const { deleted, kept } = await deleteEach(
      this.#leaf,
      this.#task,
      rows.map(({ ctid }) => ctid),
    );
    return { gone: deleted, kept };
  }
}

interface SliceCount {
  readonly rows: number;
  readonly overdue: number;
  readonly unreadable: number;
  readonly oldest: number | null;
}
