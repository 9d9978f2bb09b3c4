import { type CountedSlice, sliceCounts } from '../tables/cleanup-counts.ts';
import type { Walk } from '../tables/walk.ts';
import { type CleanupRun, localSettings } from './cleanup-run.ts';
import { hasCode } from './errors.ts';
import type { LeafPartition } from './leaf-partition.ts';
import { proven } from './proof.ts';
import { Caution, deleteEach, type Kept, refusedIn, undeferred } from './refusals.ts';
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
  enable_tidscan: 'on',
  enable_indexscan: 'on',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
};

/** A leaf's heap from a page on, slice by slice; the position is the first page that was not seen. */
export function heapWalk(
  leaf: LeafPartition,
  run: CleanupRun,
  { deletes, start = 0 }: { readonly deletes: boolean; readonly start?: number | undefined },
): Walk<number> {
  const caution = new Caution(carefulSize);
  const worker = new SliceWorker(leaf, run, deletes);
  return {
    start,
    sizes: sliceSize,
    take: async (from, wanted) => {
      const slice = await caution.attempt(wanted, (size, isCareful) =>
        worker.work(from, Math.min(from + size, leaf.pages), isCareful),
      );
      if (typeof slice !== 'object') return slice;
      const { gone: deleted, kept, end, counted } = slice;
      return {
        deleted,
        undeletable: refusedIn(kept),
        left: sliceCounts(run.test.rules, counted),
        next: end < leaf.pages ? end : undefined,
      };
    },
  };
}

interface Slice {
  readonly gone: number;
  readonly kept: readonly Kept[];
  readonly counted: CountedSlice;
  /** The first page after it. */
  readonly end: number;
  readonly proof: string;
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
  work(from: number, to: number, isCareful: boolean) {
    const values = [`(${from},0)`, `(${to},0)`];
    const work = async (): Promise<Slice> => {
      const done = this.#deletes ? await this.#delete(values, isCareful) : { gone: 0, kept: [] };
      const { rows } = await this.#run.connection.query<CountedSlice & Pick<Slice, 'proof'>>(
        this.#statements.countSlice,
        values,
      );
      if (!rows[0]) throw new Error('Expected one row about the slice, got none');
      return { ...done, counted: rows[0], proof: rows[0].proof, end: to };
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
