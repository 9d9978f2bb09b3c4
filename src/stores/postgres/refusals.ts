import { type UndeletableCause, undeletableCauses } from '../../api/undeletable-causes.ts';
import { StoreError } from '../store-error.ts';
import type { CleanupRun } from './cleanup-run.ts';
import { codeOf } from './errors.ts';
import type { LeafPartition } from './leaf-partition.ts';
import type { End } from './proof.ts';
import { cleanupStatements } from './statements.ts';

/** How many rows each cause has kept. */
export type Refused = Readonly<Partial<Record<UndeletableCause, number>>>;

/**
 * Why PostgreSQL refuses to delete a row, undefined where the error is about something else. Foreign keys look for rows that
 * refer to it as the owner of their table, who may lack a right of their own: that error says where it came from.
 */
export function causeOf(error: unknown): UndeletableCause | undefined {
  if (!(error instanceof StoreError)) return undefined;
  const code = codeOf(error.cause);
  // foreign_key_violation, restrict_violation
  if (code === '23503' || code === '23001') return 'Referenced';
  const isWithin = (error.cause as { where?: string } | undefined)?.where !== undefined;
  return code.startsWith('23') || (isWithin && /^(42501|P0)/.test(code)) ? 'Refused' : undefined;
}

/** Both together. */
export function adding(refused: Refused, more: Refused): Refused {
  const sum: Partial<Record<UndeletableCause, number>> = { ...refused };
  for (const { cause, count } of undeletableIn(more)) sum[cause] = (sum[cause] ?? 0) + count;
  return sum;
}

/** How many rows each cause has kept of these. */
export const refusedIn = (kept: readonly Kept[]): Refused =>
  kept.reduce<Refused>((sum, { cause }) => adding(sum, { [cause]: 1 }), {});

/** As a report has it. */
export const undeletableIn = (refused: Refused): { cause: UndeletableCause; count: number }[] =>
  undeletableCauses.flatMap((cause) => {
    const count = refused[cause];
    return count === undefined ? [] : [{ cause, count }];
  });

export const countOf = (refused: Refused): number =>
  undeletableIn(refused).reduce((sum, { count }) => sum + count, 0);

/** A row that is kept as PostgreSQL refuses to delete it. */
export interface Kept {
  readonly ctid: string;
  readonly cause: UndeletableCause;
}

/** A constraint that is deferred would speak at the COMMIT, and of no row. */
export const undeferred = 'SET CONSTRAINTS ALL IMMEDIATE';

/**
 * Deletes what it can of these rows, within the transaction that is open. Rows that it sees to be referred to are left out
 * at once, which takes one statement; those that are refused all the same are found by halves.
 */
export async function deleteEach(
  leaf: LeafPartition,
  run: CleanupRun,
  ctids: readonly string[],
): Promise<{ readonly deleted: number; readonly kept: readonly Kept[] }> {
  const referenced = await referencedOf(leaf, run, ctids);
  const kept: Kept[] = referenced.map((ctid) => ({ ctid, cause: 'Referenced' }));
  const others = withoutAll(ctids, referenced);
  let deleted = 0;
  const parts = others.length > 0 ? [others] : [];
  for (let part = parts.pop(); part; part = parts.pop()) {
    const done = await deletePart(leaf, run, part);
    const half = Math.ceil(part.length / 2);
    if (typeof done === 'number') deleted += done;
    else if (part.length > 1) parts.push(part.slice(half), part.slice(0, half));
    else kept.push({ ctid: part[0] ?? '', cause: done });
  }
  return { deleted, kept };
}

function withoutAll(all: readonly string[], some: readonly string[]): readonly string[] {
  const out = new Set(some);
  return all.filter((one) => !out.has(one));
}

/** Those which the role can see that a foreign key refers to. */
async function referencedOf(
  leaf: LeafPartition,
  { connection, layout, cutoff, references }: CleanupRun,
  ctids: readonly string[],
): Promise<readonly string[]> {
  if (references.length === 0 || ctids.length === 0) return [];
  const { findReferenced } = cleanupStatements(leaf, layout, cutoff);
  const { rows } = await connection.query<{ ctid: string }>(findReferenced(references), [ctids]);
  return rows.map(({ ctid }) => ctid);
}

/** How many rows it deleted, or why it deleted none. */
async function deletePart(
  leaf: LeafPartition,
  { connection, layout, cutoff }: CleanupRun,
  part: readonly string[],
): Promise<number | UndeletableCause> {
  const { deleteRows } = cleanupStatements(leaf, layout, cutoff);
  await connection.query('SAVEPOINT part');
  try {
    const { rowCount } = await connection.query(deleteRows, [cutoff.text, part]);
    await connection.query('RELEASE SAVEPOINT part');
    return rowCount ?? 0;
  } catch (error) {
    const cause = causeOf(error);
    if (!cause) throw error;
    await connection.query('ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part');
    return cause;
  }
}

interface Taken {
  readonly kept: readonly Kept[];
}

/** Takes a step of so many pages or rows; with care, it goes through them row by row. */
export type Take<T extends Taken> = (size: number, isCareful: boolean) => Promise<T | End>;

/**
 * How large a step may be where some rows are refused, as one of them undoes a whole statement. A step that was refused is
 * taken again at a quarter of its size, a small one with care; after one that went the next may be twice as large.
 */
export class Caution {
  readonly #small: number;
  #limit = Number.POSITIVE_INFINITY;

  /** Steps of up to so many pages or rows may be taken with care. */
  constructor(small: number) {
    this.#small = small;
  }

  /** What came of a step of this size at most; undefined where it was refused, and is to be taken again. */
  async attempt<T extends Taken>(wanted: number, take: Take<T>): Promise<T | End | undefined> {
    const size = Math.min(wanted, this.#limit);
    const isCareful = Number.isFinite(this.#limit) && size <= this.#small;
    try {
      const taken = await take(size, isCareful);
      if (typeof taken !== 'string' && taken.kept.length === 0)
        this.#limit *= this.#limit > 1e6 ? Infinity : 2;
      return taken;
    } catch (error) {
      if (isCareful || !causeOf(error)) throw error;
      this.#limit = Math.max(1, Math.floor(size / 4));
      return undefined;
    }
  }
}
