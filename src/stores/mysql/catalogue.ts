import { cascadesOf } from '../../layouts/resolve.ts';
import { isReaching, type Reference } from '../tables/references.ts';
import type { FoundColumn } from '../tables/shape-columns.ts';
import type { MysqlConnection } from './connection.ts';
import { type MysqlContext, quotedName, type Target } from './context.ts';
import { hasNumber } from './errors.ts';

/** The server's description of the place of the sessions, as seen by the connection's account. */
export interface Inspection {
  readonly readOnly: boolean;
  readonly table?: TableFacts;
}

/** A table, or another object with its name. */
export interface TableFacts {
  /** The name as the server stores it. */
  readonly name: string;
  /** information_schema.TABLES.TABLE_TYPE: `BASE TABLE`, `VIEW`, `SEQUENCE`, … */
  readonly type: string;
  readonly engine: string | null;
  readonly comment: string;
  /** An estimate from the server's statistics. */
  readonly rowEstimate: number;
  readonly columns: readonly ColumnFacts[];
  readonly indexes: readonly IndexFacts[];
  /** Triggers on DELETE; visible only with the right TRIGGER. */
  readonly triggers: readonly string[];
  /** Foreign keys of other tables that refer to this one, or to a table that a cascade of the layout takes along. */
  readonly referencing: readonly ReferenceFacts[];
}

export interface ColumnFacts extends FoundColumn {
  /** True if an INSERT that leaves the column out gives it the current time, and again at every change. */
  readonly defaultsToNow: boolean;
  readonly movesOnUpdate: boolean;
  readonly collation: string | null;
}

export interface IndexFacts {
  readonly name: string;
  /** In order; null for an expression. */
  readonly columns: readonly (string | null)[];
  readonly unique: boolean;
  /** True for a B-tree over whole values of the columns that the server may use. */
  readonly usable: boolean;
}

export interface ReferenceFacts extends Reference {
  /** The table that it refers to. */
  readonly of: string;
  /** True for a cascade that the layout has itself. */
  readonly isLayouts: boolean;
}

interface Server {
  readonly readOnly: number;
  readonly lowerCase: number;
}

/** A row of information_schema.COLUMNS. */
export interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly nullable: string;
  readonly value: string | null;
  readonly extra: string;
  readonly collation: string | null;
}

/** Reads such rows, and the table of each. */
export const columnRows = `
  SELECT TABLE_NAME AS \`of\`, COLUMN_NAME AS name, COLUMN_TYPE AS type, IS_NULLABLE AS nullable, COLUMN_DEFAULT AS value,
         EXTRA AS extra, COLLATION_NAME AS collation
    FROM information_schema.COLUMNS`;

export function columnFacts({ name, type, nullable, value, extra, collation }: ColumnRow): ColumnFacts {
  const isNullable = nullable === 'YES';
  return {
    name,
    collation,
    nullable: isNullable,
    // Older servers add a display width, and MariaDB adds the storage format of a time: `timestamp /* mariadb-5.3 */`.
    type: type.replace(/^(\w*int)\(\d+\)/, '$1').replace(/ \/\*.*\*\/$/, ''),
    filled: value !== null || isNullable || /auto_increment|generated/i.test(extra),
    defaultsToNow: /^current_timestamp/i.test(value ?? ''),
    movesOnUpdate: /on update current_timestamp/i.test(extra),
  };
}

interface StatisticsRow {
  readonly INDEX_NAME: string;
  readonly COLUMN_NAME: string | null;
  readonly NON_UNIQUE: number;
  readonly SUB_PART: number | null;
  readonly INDEX_TYPE: string;
  /** Only in MySQL. */
  readonly IS_VISIBLE?: string;
  /** Only in MariaDB. */
  readonly IGNORED?: string;
}

function indexFacts(rows: readonly StatisticsRow[]): readonly IndexFacts[] {
  return Object.entries(Object.groupBy(rows, ({ INDEX_NAME }) => INDEX_NAME)).map(([name, parts = []]) => ({
    name,
    columns: parts.map(({ COLUMN_NAME }) => COLUMN_NAME),
    unique: parts.every(({ NON_UNIQUE }) => Number(NON_UNIQUE) === 0),
    usable: parts.every(
      ({ INDEX_TYPE, SUB_PART, IS_VISIBLE, IGNORED }) =>
        INDEX_TYPE === 'BTREE' && SUB_PART === null && IS_VISIBLE !== 'NO' && IGNORED !== 'YES',
    ),
  }));
}

/** True if an object with the name exists; throws PermissionDenied if the account cannot see that. */
async function exists(connection: MysqlConnection, target: Target): Promise<boolean> {
  try {
    await connection.query(`SELECT 1 FROM ${quotedName(target)} LIMIT 0`);
    return true;
  } catch (error) {
    if (hasNumber(error, 1146)) return false;
    // A view of a dropped table: it exists, and is not a table.
    if (hasNumber(error, 1356)) return true;
    throw error;
  }
}

const serverQuery = `
  SELECT @@global.read_only OR @@global.innodb_read_only AS readOnly,
         @@lower_case_table_names AS lowerCase`;

const tableQuery = `
  SELECT TABLE_NAME AS \`of\`, TABLE_TYPE AS type, ENGINE AS engine, TABLE_COMMENT AS comment, TABLE_ROWS AS rowEstimate
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?`;

const columnsQuery = `${columnRows} WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`;

const indexesQuery = `
  SELECT TABLE_NAME AS \`of\`, STATISTICS.* FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?
   ORDER BY INDEX_NAME, SEQ_IN_INDEX`;

const triggersQuery = `
  SELECT EVENT_OBJECT_TABLE AS \`of\`, TRIGGER_NAME AS name FROM information_schema.TRIGGERS
   WHERE EVENT_OBJECT_SCHEMA = ? AND EVENT_OBJECT_TABLE = ? AND EVENT_MANIPULATION = 'DELETE'`;

/** True for a foreign key by which a DELETE reaches another table, except a cascade that the layout has itself. */
export const isForeignReach = (reference: ReferenceFacts): boolean =>
  isReaching(reference) && !reference.isLayouts;

interface ReferenceRow extends Omit<ReferenceFacts, 'isLayouts'> {
  /** The database of the table that refers. */
  readonly database: string;
}

/** Foreign keys that refer to the table, or to one of the tables that a cascade of the layout takes along. */
export async function referencesTo(
  connection: MysqlConnection,
  { database, table }: Target,
  cascades: readonly string[],
): Promise<readonly ReferenceFacts[]> {
  const taken = new Set(cascades.map((name) => name.toLowerCase()));
  const rows = await connection.query<ReferenceRow>(
    `SELECT REFERENCED_TABLE_NAME AS \`of\`, CONSTRAINT_NAME AS \`constraint\`, CONSTRAINT_SCHEMA AS \`database\`,
            TABLE_NAME AS \`table\`, DELETE_RULE AS onDelete
       FROM information_schema.REFERENTIAL_CONSTRAINTS
      WHERE UNIQUE_CONSTRAINT_SCHEMA = ? AND REFERENCED_TABLE_NAME IN (?${', ?'.repeat(cascades.length)})
      ORDER BY CONSTRAINT_NAME`,
    [database, table, ...cascades],
  );
  return rows
    .filter(({ of }) => of === table || taken.has(of.toLowerCase()))
    .map(({ database: from, ...row }) => ({
      ...row,
      isLayouts: row.onDelete === 'CASCADE' && from === database && taken.has(row.table.toLowerCase()),
    }));
}

interface TableRow extends Pick<TableFacts, 'type' | 'engine' | 'comment'> {
  readonly rowEstimate: number | null;
}

async function tableFacts(
  connection: MysqlConnection,
  { database, table }: Target,
  { lowerCase, cascades }: { readonly lowerCase: boolean; readonly cascades: readonly string[] },
): Promise<TableFacts | undefined> {
  const stored = lowerCase ? table.toLowerCase() : table;
  const about = async <Row>(text: string): Promise<readonly Row[]> => {
    // The server compares these names without case, on any file system.
    const rows = await connection.query<Row & { readonly of: string }>(text, [database, stored]);
    return rows.filter((row) => row.of === stored);
  };
  const [row] = await about<TableRow>(tableQuery);
  if (!row) return undefined;
  const { type, engine, comment, rowEstimate } = row;
  return {
    // A view's comment is the word VIEW.
    name: stored,
    type,
    engine,
    comment: type === 'VIEW' ? '' : comment,
    rowEstimate: Number(rowEstimate ?? 0),
    columns: (await about<ColumnRow>(columnsQuery)).map(columnFacts),
    indexes: indexFacts(await about<StatisticsRow>(indexesQuery)),
    triggers: (await about<{ name: string }>(triggersQuery)).map(({ name }) => name),
    referencing: await referencesTo(connection, { database, table: stored }, cascades),
  };
}

/**
 * Reads all facts. Throws PermissionDenied if the account has no right on the table, whether the table exists or not.
 */
export async function inspect({
  connection,
  target,
  layout,
}: Pick<MysqlContext, 'connection' | 'target' | 'layout'>): Promise<Inspection> {
  const [server] = await connection.query<Server>(serverQuery);
  if (!server) throw new Error('Expected one row about the server, got none');
  const table = (await exists(connection, target))
    ? await tableFacts(connection, target, {
        lowerCase: Number(server.lowerCase) === 1,
        cascades: cascadesOf(layout, target.table),
      })
    : undefined;
  return {
    readOnly: Number(server.readOnly) === 1,
    ...(table && { table }),
  };
}
