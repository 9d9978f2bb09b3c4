import { reachingRules } from '../tables/references.ts';
import type { MysqlConnection } from './connection.ts';
import type { Target } from './context.ts';

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

/** The facts by which a table that was checked is known again. */
export interface TableIdentity {
  readonly definition: string;
  /** In MariaDB the time of the last ALTER or rename, in MySQL that of the last build. */
  readonly created: string | null;
  readonly isPartitioned: boolean;
  readonly triggers: readonly string[];
  readonly references: readonly string[];
}

/** The checked table, and the tables that a cascade of the layout takes along. */
export interface CheckedPlace extends Target {
  readonly cascades: readonly string[];
}

/** MariaDB would open every table of the server to find the foreign keys that refer to this one. */
async function readFacts(
  connection: MysqlConnection,
  { database, table, cascades }: CheckedPlace,
): Promise<readonly Fact[]> {
  const place = [database, table];
  const values = [...place, ...place, ...place];
  if (connection.flavour === 'MariaDB') return connection.query<Fact>(facts, values);
  const taken = [...place, ...cascades];
  const own = cascades.length > 0 ? taken : [];
  return connection.query<Fact>(facts + references(cascades), [...values, ...taken, ...own]);
}

/** Undefined if the table is gone. */
export async function readIdentity(
  connection: MysqlConnection,
  place: CheckedPlace,
): Promise<TableIdentity | undefined> {
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
