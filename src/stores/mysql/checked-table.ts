import { cascadesOf } from '../../layouts/resolve.ts';
import { StoreError } from '../store-error.ts';
import { isForeignReach, referencesTo } from './catalogue.ts';
import type { MysqlConnection, Value } from './connection.ts';
import { type ConnectionCounters, readCounters, touch } from './connection-counters.ts';
import { type MysqlContext, nameOf, type Target } from './context.ts';
import { type CheckedPlace, readIdentity, type TableIdentity } from './table-identity.ts';

/**
 * The table that clean-up has checked. Every transaction that deletes from the table proves that it is still the same
 * one. A statement that has touched the table keeps other sessions from altering, renaming, claiming or truncating it
 * and from adding a trigger until its transaction ends.
 */
export class CheckedTable {
  readonly #connection: MysqlConnection;
  readonly #target: CheckedPlace;
  readonly #identity: TableIdentity;
  /** Number of tables that the last DELETE opened, by MariaDB's counter, when no foreign key cascaded. */
  #opens: number | undefined;
  #isRebuilt = false;
  /** The transaction of the last proof. */
  #provenIn: object | undefined;
  #reprepared: number | undefined;
  /** The counters of the last proof, until the next DELETE. */
  #counts: ConnectionCounters | undefined;
  /** The prepared DELETEs: preparing one also opens tables. */
  readonly #prepared = new Set<string>();

  private constructor(
    connection: MysqlConnection,
    target: CheckedPlace,
    identity: TableIdentity,
    reprepared: number | undefined,
  ) {
    this.#reprepared = reprepared;
    this.#connection = connection;
    this.#target = target;
    this.#identity = identity;
  }

  /** The current facts, read in the transaction that checks them. `name` is the name that the server stores. */
  static async read(
    { connection, target: { database }, layout }: Pick<MysqlContext, 'connection' | 'target' | 'layout'>,
    name: string,
  ): Promise<CheckedTable> {
    const target = { database, table: name, cascades: cascadesOf(layout, name) };
    const counts = await touch(connection, target);
    const identity = await readIdentity(connection, target);
    if (!identity) throw storeChanged(target, 'it is gone');
    return new CheckedTable(connection, target, identity, counts?.reprepared);
  }

  /** True if the layout has cascades of its own. */
  get cascades(): boolean {
    return this.#target.cascades.length > 0;
  }

  /** True if partitions were dropped, added or built again since: their counted rows may no longer exist. */
  get isRebuilt(): boolean {
    return this.#isRebuilt;
  }

  /**
   * Throws StoreChanged. Valid until the end of a transaction that has touched the table before, so once for each
   * transaction is enough.
   */
  async prove(): Promise<void> {
    const { openTransaction } = this.#connection;
    if (openTransaction !== undefined && openTransaction === this.#provenIn) return;
    await this.#check();
    this.#provenIn = openTransaction;
  }

  async #check(): Promise<void> {
    const counts = await touch(this.#connection, this.#target);
    this.#counts = undefined;
    if (counts !== undefined && counts.reprepared === this.#reprepared) {
      this.#counts = counts;
      return;
    }
    await this.#compare();
    this.#reprepared = counts?.reprepared;
  }

  async #compare(): Promise<void> {
    const now = await readIdentity(this.#connection, this.#target);
    const { definition, created, isPartitioned } = this.#identity;
    if (!now) throw storeChanged(this.#target, 'it is gone');
    const [trigger] = now.triggers;
    if (trigger) throw storeChanged(this.#target, `trigger ${trigger} runs at every DELETE`);
    this.#requireNoCascade(now.references);
    if (now.definition !== definition) {
      throw storeChanged(this.#target, 'its columns, its engine or its comment have changed');
    }
    if (now.created === created) return;
    // Partitions exist so that they can be added and dropped.
    if (!isPartitioned) throw storeChanged(this.#target, 'it was altered or replaced');
    this.#isRebuilt = true;
  }

  /**
   * Sends a DELETE from the table, after prove(). MariaDB lets a foreign key refer to a table that is in use, so the
   * foreign keys are queried afterwards. That query takes longer the more tables there are, so it is sent only if the
   * DELETE opened another number of tables than the last one. Throws StoreChanged; the caller then has to roll back.
   */
  async delete(text: string, values: readonly Value[]): Promise<number> {
    const connection = this.#connection;
    if (connection.flavour === 'MySQL') return connection.change(text, values);
    const before = await this.#countsBefore(text);
    const deleted = await connection.change(text, values);
    const opens = (await readCounters(connection)).opened - before.opened;
    if (opens === this.#opens) return deleted;
    this.#requireNoCascade(await this.#cascades());
    this.#opens = opens;
    return deleted;
  }

  async #countsBefore(text: string): Promise<ConnectionCounters> {
    const counts = this.#prepared.has(text) ? this.#counts : undefined;
    this.#counts = undefined;
    if (counts) return counts;
    await this.#connection.prepare(text);
    this.#prepared.add(text);
    return readCounters(this.#connection);
  }

  async #cascades(): Promise<readonly string[]> {
    const found = await referencesTo(this.#connection, this.#target, this.#target.cascades);
    return found.filter(isForeignReach).map(({ constraint, table }) => `${constraint} of ${table}`);
  }

  #requireNoCascade([reference]: readonly string[]): void {
    if (!reference) return;
    throw storeChanged(this.#target, `foreign key ${reference} changes rows there when a session is deleted`);
  }
}

function storeChanged(target: Target, what: string): StoreError {
  return new StoreError(
    'StoreChanged',
    `Table ${nameOf(target)} is no longer the one that this run checked: ${what}. No session was ` +
      'deleted since then; the next try checks the table again',
  );
}
