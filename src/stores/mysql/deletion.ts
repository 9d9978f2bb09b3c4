import type { UndeletableCause } from '../../api/undeletable-causes.ts';
import { plus, type Undeletable } from '../tables/undeletable.ts';
import type { CheckedTable } from './checked-table.ts';
import type { MysqlConnection, Value } from './connection.ts';
import { hasNumber, refusalOf } from './errors.ts';
import { type CleanupTable, cleanupStatements } from './statements.ts';

/** Keys in one statement: as many as the next power of two, the last one repeated, so that few are ever prepared. */
const leastKeys = 8;
/** More would make statements of megabytes. */
const mostKeys = 4096;

function padded(keys: readonly Value[]): readonly Value[] {
  let length = leastKeys;
  while (length < keys.length) length *= 2;
  return [...keys, ...Array<Value>(length - keys.length).fill(keys.at(-1) ?? null)];
}

/** What a step has deleted, and what it could not. */
export interface DeletionResult {
  readonly deleted: number;
  readonly undeletable: Undeletable;
}

export const nothingDeleted: DeletionResult = { deleted: 0, undeletable: {} };

export const addResults = (a: DeletionResult, b: DeletionResult): DeletionResult => ({
  deleted: a.deleted + b.deleted,
  undeletable: plus(a.undeletable, b.undeletable),
});

/** The same rows for two statements: one deletes them, the other one locks those that nobody else has. */
interface Rows {
  readonly remove: string;
  readonly lock: string;
  readonly values: readonly Value[];
}

/**
 * How a run deletes stale rows, each time in a transaction that has touched the table. At first whole ranges at once. Once
 * it has waited in vain for a row that somebody holds, or met one that cannot be deleted, it goes round such rows, which
 * takes longer.
 */
export class Deletion {
  readonly #connection: MysqlConnection;
  readonly #checked: CheckedTable;
  readonly #cutoff: string;
  readonly #statements: ReturnType<typeof cleanupStatements>;
  /** Why it goes round rows, if it does. */
  #skipReason: unknown;
  #isReferenced = false;

  constructor(connection: MysqlConnection, checked: CheckedTable, table: CleanupTable, cutoff: string) {
    this.#connection = connection;
    this.#checked = checked;
    this.#cutoff = cutoff;
    this.#statements = cleanupStatements(table);
  }

  /** Whether a step that failed with this can be taken again, as such rows are gone round from now on. */
  retriesAfter(error: unknown): boolean {
    return this.#skipReason !== undefined && error === this.#skipReason;
  }

  /** Throws what retriesAfter() takes where it is the first to meet something to go round. */
  async ofRange({ remove, lock, values }: Rows): Promise<DeletionResult> {
    if (this.#skipReason !== undefined) return this.ofKeys(await this.lock(lock, values));
    await this.#checked.prove();
    try {
      return { ...nothingDeleted, deleted: await this.#checked.delete(remove, values) };
    } catch (error) {
      if (hasNumber(error, 1205) || refusalOf(error) !== undefined) this.#skipReason = error;
      throw error;
    }
  }

  /** The keys of what it has locked. */
  async lock(text: string, values: readonly Value[]): Promise<readonly Value[]> {
    const rows = await this.#connection.query<{ key: Value }>(text, values);
    return rows.map(({ key }) => key);
  }

  /** Of what lock() gave. */
  async ofKeys(keys: readonly Value[]): Promise<DeletionResult> {
    if (keys.length === 0) return nothingDeleted;
    await this.#checked.prove();
    return this.#split(keys);
  }

  /** Halves what is refused until each row that is stands alone. With IGNORE the server passes over those that are referenced. */
  async #split(keys: readonly Value[]): Promise<DeletionResult> {
    if (keys.length > mostKeys) return this.#halves(keys);
    const values = padded(keys);
    const text = this.#statements.delete(values.length, this.#isReferenced);
    await this.#connection.change('SAVEPOINT whole');
    try {
      const deleted = await this.#checked.delete(text, [this.#cutoff, ...values]);
      return this.#isReferenced ? await this.#countLeft(keys.length, values) : { deleted, undeletable: {} };
    } catch (error) {
      const cause = refusalOf(error);
      if (cause === undefined) throw error;
      // Up to the row that was refused MariaDB has deleted them.
      await this.#connection.change('ROLLBACK TO SAVEPOINT whole');
      return this.#refused(keys, cause);
    }
  }

  /** After a DELETE IGNORE, of which MariaDB gives wrong counts where rows are passed over. */
  async #countLeft(all: number, values: readonly Value[]): Promise<DeletionResult> {
    const text = this.#statements.countKeys(values.length);
    const [left] = await this.#connection.query<{ rows: number }>(text, values);
    const rows = Number(left?.rows ?? 0);
    return { deleted: all - rows, undeletable: rows > 0 ? { Referenced: rows } : {} };
  }

  async #refused(keys: readonly Value[], cause: UndeletableCause): Promise<DeletionResult> {
    if (cause === 'Referenced' && !this.#isReferenced) {
      this.#isReferenced = true;
      return this.#split(keys);
    }
    if (keys.length === 1) return { deleted: 0, undeletable: { [cause]: 1 } };
    return this.#halves(keys);
  }

  async #halves(keys: readonly Value[]): Promise<DeletionResult> {
    const half = Math.ceil(keys.length / 2);
    return addResults(await this.#split(keys.slice(0, half)), await this.#split(keys.slice(half)));
  }
}
