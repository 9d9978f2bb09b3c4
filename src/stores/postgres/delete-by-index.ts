import type { Step, Walk } from '../tables/walk.ts';
import { type CleanupRun, localSettings } from './cleanup-run.ts';
import type { LeafPartition } from './leaf-partition.ts';
import { proven } from './proof.ts';
import { Caution, deleteEach, type Kept, refusedIn, undeferred } from './refusals.ts';
import { cleanupStatements } from './statements.ts';
import { floorOf } from './time-words.ts';

/** In rows. */
const batchSize = { first: 200, least: 10, most: 20_000 };
/** Number of rows that may be handled one by one. */
const carefulSize = 200;
/** Rows of one and the same time that are remembered as refused; where there are more, the heap is scanned. */
const mostSkipped = 10_000;

/** Through the index on time, for any statistics. */
const byIndex = {
  ...localSettings,
  enable_indexscan: 'on',
  enable_tidscan: 'on',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
};

/**
 * A row that is found through the index costs about a page of the heap, read and written; a slice pays for each page
 * once, for any number of rows. So batches are for few rows. Once they have deleted one row for every eighth page,
 * scanning the whole heap costs little more than they have, and there may be many more rows.
 */
const manyIn = ({ pages }: LeafPartition): number => Math.max(1000, pages / 8);

/** Position in an index. */
interface IndexPosition {
  /** No row before this time is left. */
  readonly lowest: string;
  /** Kept rows with exactly this time. */
  readonly skipped: readonly string[];
}

interface Batch {
  readonly deleted: number;
  readonly kept: readonly Kept[];
  /** The youngest time that was reached. */
  readonly latest: string | null;
  /** Kept rows with exactly this time: the next batch begins with it. */
  readonly skipped: readonly string[];
  readonly proof: string;
}

/** The rows that are stale by a rule in batches, oldest first, through the index on the rule's time. */
export function indexWalk(leaf: LeafPartition, run: CleanupRun, pass: number): Walk<IndexPosition> {
  const caution = new Caution(carefulSize);
  const { kind } = run.test.rules[pass] ?? run.test.rules[0];
  return {
    start: { lowest: floorOf(kind), skipped: [] },
    sizes: batchSize,
    take: async (at, wanted) => {
      const batch = await caution.attempt(wanted, (size, isCareful) =>
        (isCareful ? takeCarefully : takeBatch)(leaf, run, { pass, size, ...at }),
      );
      return typeof batch === 'object' ? stepOf(batch, at) : batch;
    },
    isMany: (deleted, { skipped }) => deleted > manyIn(leaf) || skipped.length > mostSkipped,
  };
}

function stepOf(
  { deleted, kept, latest, skipped }: Batch,
  { lowest, skipped: before }: IndexPosition,
): Step<IndexPosition> {
  const next = latest === null ? undefined : { lowest: latest, skipped };
  return {
    deleted,
    undeletable: refusedIn(kept),
    next: next && latest === lowest ? { ...next, skipped: [...before, ...skipped] } : next,
  };
}

interface Bounds extends IndexPosition {
  readonly pass: number;
  readonly size: number;
}

const takeBatch = (leaf: LeafPartition, run: CleanupRun, { lowest, size, ...bounds }: Bounds) => {
  const { deleteBatch } = cleanupStatements(leaf, run.test, bounds);
  const work = async (): Promise<Batch> => {
    const { rows } = await run.connection.query<Pick<Batch, 'deleted' | 'latest' | 'proof'>>(deleteBatch, [
      lowest,
      size,
    ]);
    if (!rows[0]) throw new Error('Expected one row about the batch, got none');
    return { ...rows[0], kept: [], skipped: [] };
  };
  return proven(run, leaf, work, byIndex);
};

/** Row by row if some are refused. */
const takeCarefully = (leaf: LeafPartition, run: CleanupRun, { lowest, size, ...bounds }: Bounds) => {
  const { connection, test } = run;
  const statements = cleanupStatements(leaf, test, bounds);
  const work = async (): Promise<Batch> => {
    await connection.query(undeferred);
    const { rows } = await connection.query<Row>(statements.lockBatch, [lowest, size]);
    const latest = rows.at(-1)?.time ?? null;
    const ctids = rows.map(({ ctid }) => ctid);
    const { deleted, kept } = await deleteEach(leaf, run, ctids, bounds.pass);
    const last = new Set(rows.flatMap(({ ctid, time }) => (time === latest ? [ctid] : [])));
    const skipped = kept.flatMap(({ ctid }) => (last.has(ctid) ? [ctid] : []));
    const proof = await connection.query<{ proof: string }>(statements.proof);
    return { deleted, kept, latest, skipped, proof: proof.rows[0]?.proof ?? '' };
  };
  return proven(run, leaf, work, byIndex);
};

interface Row {
  readonly ctid: string;
  readonly time: string;
}
