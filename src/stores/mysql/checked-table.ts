import { cascadesOf } from '../../layouts/resolve.ts';
import { StoreError } from '../store-error.ts';
import { reachingRules } from '../tables/references.ts';
import { isForeignReach, referencesTo } from './catalogue.ts';
import type { MysqlConnection, Value } from './connection.ts';
import { type MysqlContext, nameOf, quotedName, type Target } from './context.ts';

/** Facts about the table, one in each row: a replaced table would have others. */
interface Fact {
  readonly kind: 'table' | 'column' | 'trigger' | 'reference';
  /** The server compares these names without case, on any file system. */
  readonly of: string;
  readonly text: string;
  /** Only for the table itself. */
  readonly created: string | null;
}

const facts = `
  SELECT 'table' AS kind, TABLE_NAME AS \`of\`, CAST(CREATE_TIME AS CHAR) AS created,
         CONCAT_WS('|', TABLE_TYPE, ENGINE, CREATE_OPTIONS LIKE '%partitioned%', TABLE_COMMENT) AS text
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?
  UNION ALL
  SELECT 'column', TABLE_NAME, NULL,
         CONCAT_WS('|', COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLLATION_NAME, COLUMN_DEFAULT, EXTRA)
    FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?
  UNION ALL
  SELECT 'trigger', EVENT_OBJECT_TABLE, NULL, TRIGGER_NAME FROM information_schema.TRIGGERS
   WHERE EVENT_OBJECT_SCHEMA = ? AND EVENT_OBJECT_TABLE = ? AND EVENT_MANIPULATION = 'DELETE'`;

/** Foreign keys by which a DELETE reaches other tables, except the cascades that the layout has itself. */
function references(cascades: readonly string[]): string {
  const tables = `?${', ?'.repeat(cascades.length)}`;
  const own = `AND NOT (CONSTRAINT_SCHEMA = ? AND DELETE_RULE = 'CASCADE' AND TABLE_NAME IN (${tables}))`;
  return `
  UNION ALL
  SELECT 'reference', REFERENCED_TABLE_NAME, NULL, CONCAT(CONSTRAINT_NAME, ' of ', TABLE_NAME)
    FROM information_schema.REFERENTIAL_CONSTRAINTS
   WHERE UNIQUE_CONSTRAINT_SCHEMA = ? AND REFERENCED_TABLE_NAME IN (${tables})
     AND DELETE_RULE IN (${reachingRules.map((rule) => `'${rule}'`).join(', ')})
     ${cascades.length > 0 ? own : ''}`;
}

interface Identity {
  readonly definition: string;
  /** In MariaDB the time of the last ALTER or rename, in MySQL that of the last build. */
  readonly created: string | null;
  readonly isPartitioned: boolean;
  readonly triggers: readonly string[];
  readonly references: readonly string[];
}

/** The checked table, and the tables that a cascade of the layout takes along. */
interface Place extends Target {
  readonly cascades: readonly string[];
}

/** MariaDB would open every table of the server to find the foreign keys that refer to this one. */
async function readFacts(
  connection: MysqlConnection,
  { database, table, cascades }: Place,
): Promise<readonly Fact[]> {
  const place = [database, table];
  const values = [...place, ...place, ...place];
  if (connection.flavour === 'MariaDB') return connection.query<Fact>(facts, values);
  const taken = [...place, ...cascades];
  const own = cascades.length > 0 ? taken : [];
  return connection.query<Fact>(facts + references(cascades), [...values, ...taken, ...own]);
}

async function readIdentity(connection: MysqlConnection, place: Place): Promise<Identity | undefined> {
  const taken = new Set(place.cascades.map((name) => name.toLowerCase()));
  const isAbout = ({ of, kind }: Fact) =>
    of === place.table || (kind === 'reference' && taken.has(of.toLowerCase()));
  const facts = (await readFacts(connection, place)).filter(isAbout);
  const textsOf = (kind: Fact['kind']) => facts.filter((fact) => fact.kind === kind).map((fact) => fact.text);
  const table = facts.find(({ kind }) => kind === 'table');
  return (
    table && {
      definition: [table.text, ...textsOf('column').toSorted()].join('\n'),
      created: table.created,
      isPartitioned: table.text.split('|')[2] === '1',
      triggers: textsOf('trigger'),
      references: textsOf('reference'),
    }
  );
}

/** MariaDB's counters of this connection. */
interface Counts {
  /** Statements that were prepared again because a table's definition or triggers had changed. */
  readonly reprepared: number;
  /** Tables that were opened. */
  readonly opened: number;
}

async function countsOf(connection: MysqlConnection): Promise<Counts> {
  const rows = await connection.query<{ Variable_name: string; Value: string }>(
    `SHOW SESSION STATUS WHERE Variable_name IN ('Com_stmt_reprepare', 'Table_open_cache_hits', 'Table_open_cache_misses')`,
  );
  const count = (name: string) =>
    Number(rows.find(({ Variable_name }) => Variable_name.toLowerCase() === name)?.Value ?? 0);
  return {
    reprepared: count('com_stmt_reprepare'),
    opened: count('table_open_cache_hits') + count('table_open_cache_misses'),
  };
}

/**
 * Sends a statement that was prepared at the start of the run; returns MariaDB's counters at that time. Undefined if
 * the table cannot be read, and for MySQL, which counts every table that is opened again and answers queries of its
 * catalogue faster.
 */
async function touch(connection: MysqlConnection, target: Target): Promise<Counts | undefined> {
  if (connection.flavour === 'MySQL') return undefined;
  try {
    await connection.query(`SELECT 1 FROM ${quotedName(target)} LIMIT ?`, ['0']);
  } catch {
    return undefined;
  }
  return countsOf(connection);
}

/**
 * The table that clean-up has checked. Every transaction that deletes from the table proves that it is still the same
 * one. A statement that has touched the table keeps other sessions from altering, renaming, claiming or truncating it
 * and from adding a trigger until its transaction ends.
 */
export class CheckedTable {
  readonly #connection: MysqlConnection;
  readonly #target: Place;
  readonly #identity: Identity;
  /** Number of tables that the last DELETE opened, by MariaDB's counter, when no foreign key cascaded. */
  #opens: number | undefined;
  #isRebuilt = false;
  /** The transaction of the last proof. */
  #provenIn: object | undefined;
  #reprepared: number | undefined;
  /** The counters of the last proof, until the next DELETE. */
  #counts: Counts | undefined;
  /** The prepared DELETEs: preparing one also opens tables. */
  readonly #prepared = new Set<string>();

  private constructor(
    connection: MysqlConnection,
    target: Place,
    identity: Identity,
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
    const opens = (await countsOf(connection)).opened - before.opened;
    if (opens === this.#opens) return deleted;
    this.#requireNoCascade(await this.#cascades());
    this.#opens = opens;
    return deleted;
  }

  async #countsBefore(text: string): Promise<Counts> {
    const counts = this.#prepared.has(text) ? this.#counts : undefined;
    this.#counts = undefined;
    if (counts) return counts;
    await this.#connection.prepare(text);
    this.#prepared.add(text);
    return countsOf(this.#connection);
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
