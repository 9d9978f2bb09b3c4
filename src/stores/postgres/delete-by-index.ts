import { inSteps } from '../pace.ts';
import { plus, type Undeletable } from '../tables/undeletable.ts';
import { type CleanupRun, localSettings, stepping } from './cleanup-run.ts';
import type { LeafPartition } from './leaf-partition.ts';
import { type End, proven } from './proof.ts';
import { Caution, deleteEach, type Kept, refusedIn, type Take, undeferred } from './refusals.ts';
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
  ...{ enable_indexscan: 'on', enable_tidscan: 'on', enable_seqscan: 'off', enable_bitmapscan: 'off' },
};

/**
 * A row that is found through the index costs about a page of the heap, read and written; a slice pays for each page
 * once, for any number of rows. So batches are for few rows. Once they have deleted one row for every eighth page,
 * scanning the whole heap costs little more than they have, and there may be many more rows.
 */
const manyIn = ({ pages }: LeafPartition): number => Math.max(1000, pages / 8);

export interface IndexDeletion {
  readonly deleted: number;
  readonly refused: Undeletable;
  /** `many`: there are so many that the rest is better deleted by a scan. */
  readonly outcome: 'empty' | 'many' | 'stopped' | End;
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

/** Deletes the rows that are stale by a rule in batches, oldest first, through the index on the rule's time. */
export async function deleteByIndex(
  leaf: LeafPartition,
  run: CleanupRun,
  pass: number,
): Promise<IndexDeletion> {
  const caution = new Caution(carefulSize);
  let [deleted, lowest] = [0, floorOf((run.test.rules[pass] ?? run.test.rules[0]).kind)];
  let refused: Undeletable = {};
  let skipped: readonly string[] = [];
  let end: End | undefined;
  const isMany = () => deleted > manyIn(leaf) || skipped.length > mostSkipped;

  const take: Take<Batch> = (size, isCareful) =>
    (isCareful ? takeCarefully : takeBatch)(leaf, run, { pass, lowest, size, skipped });
  const goOn = (batch: Batch): boolean => {
    if (batch.latest === null) return true;
    run.progress.add(batch.deleted, batch.deleted + batch.kept.length);
    deleted += batch.deleted;
    refused = plus(refused, refusedIn(batch.kept));
    skipped = batch.latest === lowest ? [...skipped, ...batch.skipped] : batch.skipped;
    lowest = batch.latest;
    return isMany();
  };
  const step = async (wanted: number): Promise<boolean> => {
    const batch = await caution.attempt(wanted, take);
    if (batch === undefined) return false;
    if (typeof batch !== 'string') return goOn(batch);
    end = batch;
    return true;
  };
  if (!(await inSteps(step, stepping(run, batchSize)))) return { deleted, refused, outcome: 'stopped' };
  return { deleted, refused, outcome: end ?? (isMany() ? 'many' : 'empty') };
}

interface Bounds {
  readonly pass: number;
  readonly lowest: string;
  readonly size: number;
  readonly skipped: readonly string[];
}

async function takeBatch(
  leaf: LeafPartition,
  run: CleanupRun,
  { lowest, size, ...bounds }: Bounds,
): Promise<Batch | End> {
  const { connection, test } = run;
  const { deleteBatch } = cleanupStatements(leaf, test, bounds);
  const work = async (): Promise<Batch> => {
    const { rows } = await connection.query<Pick<Batch, 'deleted' | 'latest' | 'proof'>>(deleteBatch, [
      lowest,
      size,
    ]);
    if (!rows[0]) throw new Error('Expected one row about the batch, got none');
    return { ...rows[0], kept: [], skipped: [] };
  };
  return proven(run, leaf, work, byIndex);
}

/** Row by row if some are refused. */
async function takeCarefully(
  leaf: LeafPartition,
  run: CleanupRun,
  { lowest, size, ...bounds }: Bounds,
): Promise<Batch | End> {
  const { connection, test } = run;
  const statements = cleanupStatements(leaf, test, bounds);
  const work = async (): Promise<Batch> => {
    await connection.query(undeferred);
    const { rows } = await connection.query<Row>(statements.lockBatch, [lowest, size]);
    const latest = rows.at(-1)?.time ?? null;
    const { deleted, kept } = await deleteEach(
      leaf,
      run,
      rows.map(({ ctid }) => ctid),
      bounds.pass,
    );
    const last = new Set(rows.flatMap(({ ctid, time }) => (time === latest ? [ctid] : [])));
    const keptLast = kept.flatMap(({ ctid }) => (last.has(ctid) ? [ctid] : []));
    const proof = await connection.query<{ proof: string }>(statements.proof);
    return { deleted, kept, latest, skipped: keptLast, proof: proof.rows[0]?.proof ?? '' };
  };
  return proven(run, leaf, work, byIndex);
}

interface Row {
  readonly ctid: string;
  readonly time: string;
}
