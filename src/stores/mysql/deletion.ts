import type { UndeletableCause } from '../../api/undeletable-causes.ts';
import { plus, type Undeletable } from '../tables/undeletable.ts';
import type { CheckedTable } from './checked-table.ts';
import type { MysqlConnection, Value } from './connection.ts';
import { hasNumber, refusalOf } from './errors.ts';
import { type CleanupTable, cleanupStatements } from './statements.ts';

/**
 * Minimum of keys in one statement. The number is rounded up to a power of two by repeating the last key, so that few
 * statements are prepared.
 */
const leastKeys = 8;
/** More would make statements of megabytes. */
const mostKeys = 4096;

function padded(keys: readonly Value[]): readonly Value[] {
  let length = leastKeys;
  while (length < keys.length) length *= 2;
  return [...keys, ...Array<Value>(length - keys.length).fill(keys.at(-1) ?? null)];
}

/** A number is sent as a text: the driver would send a double, and no index serves that. */
export const keyValue = (value: Value): Value => (typeof value === 'number' ? String(value) : value);

/** Rows that a step has deleted, and rows that it could not delete. */
export interface DeletionResult {
  readonly deleted: number;
  readonly undeletable: Undeletable;
}

export const nothingDeleted: DeletionResult = { deleted: 0, undeletable: {} };

export const addResults = (a: DeletionResult, b: DeletionResult): DeletionResult => ({
  deleted: a.deleted + b.deleted,
  undeletable: plus(a.undeletable, b.undeletable),
});

/** The same rows for two statements: one deletes them, the other locks those that are not locked. */
interface Rows {
  readonly remove: string;
  readonly lock: string;
  readonly values: readonly Value[];
}

/**
 * Deletes stale rows of a run, each time in a transaction that has touched the table. First whole ranges at once. After
 * a lock wait timeout, or an undeletable row, it skips such rows, which takes longer.
 */
export class Deletion {
  readonly #connection: MysqlConnection;
  readonly #checked: CheckedTable;
  readonly #statements: ReturnType<typeof cleanupStatements>;
  /** The reason for skipping rows, if it does. */
  #skipReason: unknown;
  #isReferenced = false;

  constructor(connection: MysqlConnection, checked: CheckedTable, table: CleanupTable) {
    this.#connection = connection;
    this.#checked = checked;
    this.#statements = cleanupStatements(table);
  }

  /** True if a step that failed with this error can be repeated, because such rows are skipped from now on. */
  retriesAfter(error: unknown): boolean {
    return this.#skipReason !== undefined && error === this.#skipReason;
  }

  /** Throws an error of retriesAfter() for the first row that has to be skipped. */
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

  /** Locks rows and returns their keys. */
  async lock(text: string, values: readonly Value[]): Promise<readonly Value[]> {
    const rows = await this.#connection.query<{ key: Value }>(text, values);
    return rows.map(({ key }) => keyValue(key));
  }

  /** Deletes rows by the keys of lock(). */
  async ofKeys(keys: readonly Value[]): Promise<DeletionResult> {
    if (keys.length === 0) return nothingDeleted;
    await this.#checked.prove();
    return this.#split(keys);
  }

  /** Halves refused keys until each refused row is alone. With IGNORE the server skips referenced rows. */
  async #split(keys: readonly Value[]): Promise<DeletionResult> {
    if (keys.length > mostKeys) return this.#halves(keys);
    const values = padded(keys);
    const text = this.#statements.delete(values.length, this.#isReferenced);
    const before = this.#isReferenced ? await this.#count(values) : 0;
    await this.#connection.change('SAVEPOINT whole');
    try {
      const deleted = await this.#checked.delete(text, values);
      return this.#isReferenced ? await this.#countLeft(before, values) : { deleted, undeletable: {} };
    } catch (error) {
      const cause = refusalOf(error);
      if (cause === undefined) throw error;
      // MariaDB has deleted the rows before the refused one.
      await this.#connection.change('ROLLBACK TO SAVEPOINT whole');
      return this.#refused(keys, cause);
    }
  }

  /** Counts after a DELETE IGNORE, for which MariaDB returns wrong counts if it skips rows. */
  async #countLeft(before: number, values: readonly Value[]): Promise<DeletionResult> {
    const rows = await this.#count(values);
    return { deleted: before - rows, undeletable: rows > 0 ? { Referenced: rows } : {} };
  }

  /** Stale rows with these keys: with a composite key there may be more of them than keys. */
  async #count(values: readonly Value[]): Promise<number> {
    const text = this.#statements.countKeys(values.length);
    const [found] = await this.#connection.query<{ rows: number }>(text, values);
    return Number(found?.rows ?? 0);
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
