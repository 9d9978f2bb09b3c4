import { inSteps } from '../pace.ts';
import { addCounts, type CleanupCounts, noCounts, oldestBy } from '../tables/cleanup-counts.ts';
import { plus, type Undeletable } from '../tables/undeletable.ts';
import { type CleanupRun, hasCode, localSettings, stepping } from './cleanup-run.ts';
import type { LeafPartition } from './leaf-partition.ts';
import { type End, proven } from './proof.ts';
import { Caution, deleteEach, type Kept, refusedIn, type Take, undeferred } from './refusals.ts';
import { cleanupStatements } from './statements.ts';

/** In pages. */
const sliceSize = { first: 32, least: 1, most: 16_384 };
/** Number of pages with rows that may be handled one by one. */
const carefulSize = 8;
/** Time that a slice waits for locked rows before it continues without them. */
const lockTimeout = '40ms';

/** A slice is read by its pages only; the proof in each statement uses the catalogue's indexes. */
const bySlice = {
  ...localSettings,
  ...{ enable_tidscan: 'on', enable_indexscan: 'on', enable_seqscan: 'off', enable_bitmapscan: 'off' },
};

export interface Scan {
  readonly deleted: number;
  /** Exact counts of the seen pages, after the deletion. */
  readonly counts: CleanupCounts;
  readonly refused: Undeletable;
  /** The first page that was not seen; the number of pages if all were. */
  readonly next: number;
  /** The reason why it ended before the last page; the figures of a rewritten leaf are void. */
  readonly end?: End;
}

interface Slice {
  readonly gone: number;
  readonly kept: readonly Kept[];
  readonly left: CleanupCounts;
  /** The first page after it. */
  readonly end: number;
  readonly proof: string;
}

/** Scans a leaf's heap once, slice by slice, deletes stale rows and counts the rest. Needs no index. */
export const deleteByScan = (leaf: LeafPartition, run: CleanupRun): Promise<Scan> => scan(leaf, run, 0, true);

/** Counts the rows from a page on, slice by slice. */
export const countByScan = (leaf: LeafPartition, run: CleanupRun, from = 0): Promise<Scan> =>
  scan(leaf, run, from, false);

async function scan(leaf: LeafPartition, run: CleanupRun, from: number, deletes: boolean): Promise<Scan> {
  const caution = new Caution(carefulSize);
  const worker = new SliceWorker(leaf, run, deletes);
  let seen: Omit<Scan, 'end'> = { deleted: 0, counts: noCounts, refused: {}, next: from };
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
    run.progress.add(slice.gone, slice.gone + (left.rows ?? 0));
    seen = {
      deleted: seen.deleted + slice.gone,
      counts: addCounts(seen.counts, left),
      refused: plus(seen.refused, refusedIn(slice.kept)),
      next: slice.end,
    };
    return slice.end >= leaf.pages;
  };
  await inSteps(step, stepping(run, sliceSize));
  return { ...seen, ...(end && { end }) };
}

/** Handles one slice in one transaction. */
class SliceWorker {
  readonly #leaf: LeafPartition;
  readonly #run: CleanupRun;
  readonly #deletes: boolean;
  readonly #statements: ReturnType<typeof cleanupStatements>;
  /** True if it waits for locked rows, until that took too long once. */
  #waits = true;

  constructor(leaf: LeafPartition, run: CleanupRun, deletes: boolean) {
    this.#leaf = leaf;
    this.#run = run;
    this.#deletes = deletes;
    this.#statements = cleanupStatements(leaf, run.test);
  }

  /** Handles the pages from one up to another. */
  async work(from: number, to: number, isCareful: boolean): Promise<Slice | End> {
    const { connection, test } = this.#run;
    const values = [`(${from},0)`, `(${to},0)`];
    const work = async (): Promise<Slice> => {
      const done = this.#deletes ? await this.#delete(values, isCareful) : { gone: 0, kept: [] };
      const { rows } = await connection.query<SliceCount & Pick<Slice, 'proof'>>(
        this.#statements.countSlice,
        values,
      );
      if (!rows[0]) throw new Error('Expected one row about the slice, got none');
      const { proof, ...counted } = rows[0];
      const oldest = oldestBy(test.rules, (pass) => counted[`oldest${pass}`]);
      const left = {
        ...noCounts,
        rows: counted.rows,
        overdue: counted.overdue,
        unreadable: counted.unreadable,
        oldest,
      };
      return { ...done, left, proof, end: to };
    };
    const settings = { ...bySlice, ...(this.#waits && { lock_timeout: lockTimeout }) };
    return proven(this.#run, this.#leaf, work, settings).catch((error: unknown) => {
      if (this.#waits && hasCode(error, '55P03')) this.#waits = false;
      throw error;
    });
  }

  async #delete(values: readonly string[], isCareful: boolean): Promise<Pick<Slice, 'gone' | 'kept'>> {
    const { connection } = this.#run;
    if (!isCareful) {
      const statement = this.#waits ? this.#statements.deleteSlice : this.#statements.deleteSliceUnlocked;
      return { gone: (await connection.query(statement, values)).rowCount ?? 0, kept: [] };
    }
    await connection.query(undeferred);
    const { rows } = await connection.query<{ ctid: string }>(this.#statements.lockSlice, values);
    const { deleted, kept } = await deleteEach(
      this.#leaf,
      this.#run,
      rows.map(({ ctid }) => ctid),
    );
    return { gone: deleted, kept };
  }
}

interface SliceCount {
  readonly rows: number;
  readonly overdue: number;
  readonly unreadable: number;
  readonly [oldest: `oldest${number}`]: number | null;
}
