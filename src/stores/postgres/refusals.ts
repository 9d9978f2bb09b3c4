import type { UndeletableCause } from '../../api/undeletable-causes.ts';
import { StoreError } from '../store-error.ts';
import { plus, type Undeletable } from '../tables/undeletable.ts';
import type { End } from '../tables/walk.ts';
import type { CleanupRun } from './cleanup-run.ts';
import { codeOf } from './errors.ts';
import type { LeafPartition } from './leaf-partition.ts';
import { cleanupStatements } from './statements.ts';

/**
 * The cause for which PostgreSQL refuses to delete a row; undefined if the error is about something else. Foreign keys
 * look for referring rows as the owner of their table, who may lack a right: the context of that error shows its
 * origin.
 */
function causeOf(error: unknown): UndeletableCause | undefined {
  if (!(error instanceof StoreError)) return undefined;
  const code = codeOf(error.cause);
  // foreign_key_violation, restrict_violation
  if (code === '23503' || code === '23001') return 'Referenced';
  const isWithin = (error.cause as { where?: string } | undefined)?.where !== undefined;
  return code.startsWith('23') || (isWithin && /^(42501|P0)/.test(code)) ? 'Refused' : undefined;
}

/** Number of these rows for each cause. */
export const refusedIn = (kept: readonly Kept[]): Undeletable =>
  kept.reduce<Undeletable>((sum, { cause }) => plus(sum, { [cause]: 1 }), {});

/** A row that is kept because PostgreSQL refuses to delete it. */
export interface Kept {
  readonly ctid: string;
  readonly cause: UndeletableCause;
}

/** A deferred constraint would report at the COMMIT, without naming a row. */
export const undeferred = 'SET CONSTRAINTS ALL IMMEDIATE';

/**
 * Deletes as many of these rows as possible, within the open transaction. Rows with visible references are left out
 * first, by one statement; rows that are refused nevertheless are found by halving. `pass`: the rule by which they are
 * stale; all rules without it.
 */
export async function deleteEach(
  leaf: LeafPartition,
  run: CleanupRun,
  ctids: readonly string[],
  pass?: number,
): Promise<{ readonly deleted: number; readonly kept: readonly Kept[] }> {
  const referenced = await referencedOf(leaf, run, ctids);
  const kept: Kept[] = referenced.map((ctid) => ({ ctid, cause: 'Referenced' }));
  const others = withoutAll(ctids, referenced);
  let deleted = 0;
  const parts = others.length > 0 ? [others] : [];
  for (let part = parts.pop(); part; part = parts.pop()) {
    const done = await deletePart(leaf, run, part, pass);
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

/** The rows with foreign key references that the role can see. */
async function referencedOf(
  leaf: LeafPartition,
  { connection, test, references }: CleanupRun,
  ctids: readonly string[],
): Promise<readonly string[]> {
  if (references.length === 0 || ctids.length === 0) return [];
  const { findReferenced } = cleanupStatements(leaf, test);
  const { rows } = await connection.query<{ ctid: string }>(findReferenced(references), [ctids]);
  return rows.map(({ ctid }) => ctid);
}

/** Number of deleted rows, or the reason why no row was deleted. */
async function deletePart(
  leaf: LeafPartition,
  { connection, test }: CleanupRun,
  part: readonly string[],
  pass: number | undefined,
): Promise<number | UndeletableCause> {
  const { deleteRows } = cleanupStatements(leaf, test, pass === undefined ? {} : { pass });
  await connection.query('SAVEPOINT part');
  try {
    const { rowCount } = await connection.query(deleteRows, [part]);
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

/** Takes a step of so many pages or rows; in careful mode, row by row. */
type Take<T extends Taken> = (size: number, isCareful: boolean) => Promise<T | End>;

/**
 * Size of a step if some rows are refused, because one of them rolls back a whole statement. A refused step is repeated
 * at a quarter of its size, and a small one in careful mode; after a success the next step may be twice as large.
 */
export class Caution {
  readonly #small: number;
  #limit = Number.POSITIVE_INFINITY;

  /** Steps of up to so many pages or rows may use careful mode. */
  constructor(small: number) {
    this.#small = small;
  }

  /** The result of a step of at most this size; undefined if it was refused and has to be repeated. */
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
