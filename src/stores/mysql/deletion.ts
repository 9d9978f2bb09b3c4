import type { UndeletableCause } from '../../api/undeletable-causes.ts';
import { addRemovals, nothingRemoved, type Removal } from '../tables/walk.ts';
import type { CheckedTable } from './checked-table.ts';
import type { MysqlConnection, Value } from './connection.ts';
import { hasNumber, refusalOf } from './errors.ts';
import { type CleanupTable, cleanupStatements } from './statements.ts';
import { type Key, type KeyRow, keyIn } from './table-key.ts';

/**
 * Minimum of keys in one statement. The number is rounded up to a power of two by repeating the last key, so that few
 * statements are prepared.
 */
const leastKeys = 8;
/** More would make statements of megabytes. */
const mostKeys = 4096;

function padded(keys: readonly Key[]): readonly Key[] {
  let length = leastKeys;
  while (length < keys.length) length *= 2;
  return [...keys, ...Array<Key>(length - keys.length).fill(keys.at(-1) ?? [])];
}

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
  async ofRange({ remove, lock, values }: Rows): Promise<Removal> {
    if (this.#skipReason !== undefined) return this.ofKeys(await this.lock(lock, values));
    await this.#checked.prove();
    try {
      return { ...nothingRemoved, deleted: await this.#checked.delete(remove, values) };
    } catch (error) {
      if (hasNumber(error, 1205) || refusalOf(error) !== undefined) this.#skipReason = error;
      throw error;
    }
  }

  /** Locks rows and returns their keys. */
  async lock(text: string, values: readonly Value[]): Promise<readonly Key[]> {
    return (await this.#connection.query<KeyRow>(text, values)).map(keyIn);
  }

  /** Deletes rows by the keys of lock(). */
  async ofKeys(keys: readonly Key[]): Promise<Removal> {
    if (keys.length === 0) return nothingRemoved;
    await this.#checked.prove();
    return this.#split(keys);
  }

  /** Halves refused keys until each refused row is alone. With IGNORE the server skips referenced rows. */
  async #split(keys: readonly Key[]): Promise<Removal> {
    if (keys.length > mostKeys) return this.#halves(keys);
    const all = padded(keys);
    const values = all.flat();
    const text = this.#statements.delete(all.length, this.#isReferenced);
    await this.#connection.change('SAVEPOINT whole');
    try {
      const deleted = await this.#checked.delete(text, values);
      return this.#isReferenced ? await this.#countLeft(keys.length, all) : { deleted, undeletable: {} };
    } catch (error) {
      const cause = refusalOf(error);
      if (cause === undefined) throw error;
      // MariaDB has deleted the rows before the refused one.
      await this.#connection.change('ROLLBACK TO SAVEPOINT whole');
      return this.#refused(keys, cause);
    }
  }

  /** Counts after a DELETE IGNORE, for which MariaDB returns wrong counts if it skips rows. */
  async #countLeft(locked: number, keys: readonly Key[]): Promise<Removal> {
    const text = this.#statements.countKeys(keys.length);
    const [left] = await this.#connection.query<{ rows: number }>(text, keys.flat());
    const rows = Number(left?.rows ?? 0);
    return { deleted: locked - rows, undeletable: rows > 0 ? { Referenced: rows } : {} };
  }

  async #refused(keys: readonly Key[], cause: UndeletableCause): Promise<Removal> {
    // MySQL would skip the row after its cascade has deleted what refers to it.
    if (cause === 'Referenced' && !this.#isReferenced && !this.#checked.cascades) {
      this.#isReferenced = true;
      return this.#split(keys);
    }
    if (keys.length === 1) return { deleted: 0, undeletable: { [cause]: 1 } };
    return this.#halves(keys);
  }

  async #halves(keys: readonly Key[]): Promise<Removal> {
    const half = Math.ceil(keys.length / 2);
    return addRemovals(await this.#split(keys.slice(0, half)), await this.#split(keys.slice(half)));
  }
}
