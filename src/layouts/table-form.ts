/**
 * A layout's table as data. Names in it may contain `{table}`, which stands for the table's name. Two servers have two
 * forms of one layout, as types and names differ.
 */
export interface TableForm {
  /** Default name of the table. */
  readonly table: string;
  /** The schema in PostgreSQL, if it is not `public`; set-up makes it where the library does. */
  readonly schema?: string;
  readonly columns: readonly Column[];
  readonly key: Key;
  /** The first constraint: columns and name; absent: the key's column alone, named by the server. */
  readonly primaryKey?: { readonly columns: readonly string[]; readonly constraint?: string };
  /** How a session's time is told; a row is stale by any rule that is about it. */
  readonly rules: readonly [AgeRule, ...AgeRule[]];
  /** The column that holds the session itself. */
  readonly payload: string;
  /** Indexes of the library's own DDL, which set-up makes in a new table. */
  readonly indexes: readonly Index[];
  /** The index that setup.createIndex adds where no index begins with the time. */
  readonly timeIndex: { readonly name: string; readonly column: string };
  /** Tables that refer to this one, with rows that go with a session: a cascade that is the layout's own. */
  readonly children?: readonly ChildTable[];
  /** Further tables with a cascade that the spec permits, by name. Only of the layout `custom`. */
  readonly cascades?: readonly string[];
  /** Columns that the library lets its users rename. */
  readonly renamable?: readonly string[];
  /** Absent: set-up makes the table. `library`: only the library's own migration does, and set-up adopts. */
  readonly madeBy?: 'library';
  /** True if the application declares the table, and with it columns of its own that it fills. */
  readonly hasOtherColumns?: true;
  /** The end of CREATE TABLE, after its columns, such as `ROW_FORMAT = DYNAMIC`. */
  readonly tableOptions?: string;
  /** True for a table that PostgreSQL does not log. */
  readonly unlogged?: true;
  /** Rows that are sessions; others share the table and are never touched. Only of the layout `custom`. */
  readonly only?: { readonly column: string; readonly equals: string };
}

/** A column in the notation of PostgreSQL's format_type(), or of MySQL's information_schema without a display width. */
export interface Column {
  readonly name: string;
  readonly type: string;
  /** Other types with which the library works; set-up adopts them unchanged. */
  readonly alsoAccepts?: readonly string[];
  /** Advice for a column of another type, where some set-up of the library makes one. */
  readonly otherwise?: string;
  readonly notNull: boolean;
  /** The type in CREATE TABLE, where the catalogue shows another: `bigserial`, `int(11) unsigned`. */
  readonly makes?: string;
  /** Default as SQL, only for a new table; an adopted table may have another. */
  readonly default?: string;
  /** Collation of a new table, as SQL after the type; an adopted table may have another. */
  readonly collation?: string;
  /**
   * In MySQL, the column gets the current time if a row is written without it, and at every change: a library that
   * never names the column relies on that. If an adopted column also allows NULL, rows with NULL are kept and counted.
   */
  readonly isCurrent?: true;
}

/** The column by which the library finds a session. */
interface Key {
  readonly column: string;
  /** `plain`: nothing makes it unique, not even in the library's own DDL. */
  readonly is: 'primary' | 'unique' | 'plain';
}

export interface Index {
  readonly name: string;
  readonly columns: readonly string[];
  /** `constraint`: made as a constraint of the table. */
  readonly unique?: 'constraint' | 'index';
  /** An operator class of PostgreSQL, such as `varchar_pattern_ops`. */
  readonly operators?: string;
}

export interface ChildTable {
  /** Such as `{table}_attributes`. */
  readonly table: string;
  readonly columns: readonly Column[];
  readonly primaryKey: { readonly columns: readonly string[]; readonly constraint?: string };
  /** With ON DELETE CASCADE, to the main table's column. */
  readonly foreignKey: { readonly constraint: string; readonly column: string; readonly references: string };
  readonly tableOptions?: string;
}

/**
 * One way in which a session becomes stale. All rules of a layout share one cutoff: now, less the age that the spec
 * names. A row whose time cannot be read is kept and counted.
 */
export interface AgeRule {
  readonly at: RowTime;
  /** A lifetime beside the time: the sum is compared, and no index can serve it. */
  readonly plus?: { readonly column: string; readonly unit: 's' | 'ms' };
  /** The rows that the rule is about, by a number; absent: all. */
  readonly when?: { readonly column: string; readonly atMost?: number; readonly above?: number };
  /** True if a session is stale at the instant itself: the library compares with `<=`. */
  readonly inclusive?: true;
  /** The rule counts only if `layoutOptions.creationLimit` asks for it. */
  readonly optional?: 'creationLimit';
}

/**
 * A time in a row. The type that is found says what it is: an instant (timestamptz, TIMESTAMP), a wall clock (timestamp
 * without a zone, DATETIME), or a number since 1970.
 */
export interface RowTime {
  readonly column: string;
  /** The place of the wall clock; absent where the layout knows no such type. */
  readonly zone?: 'UTC' | 'application';
  /** True if `layoutOptions.timeZone` may name the zone instead of UTC, as a setting of the library does. */
  readonly zoneMayDiffer?: true;
  /**
   * True if UTC's wall clock is written into a TIMESTAMP as if it were the session's own time: the application's session
   * zone shifts it.
   */
  readonly throughSession?: true;
  /** Unit of a numeric time, counted since 1970. */
  readonly unit?: 's' | 'ms';
  /** Numbers that mean that the session never ends. Such rows are kept, and count as live. */
  readonly never?: readonly number[];
  /** `never`: NULL says that the session does not end by this rule. Absent: NULL is no time, kept and counted. */
  readonly nullMeans?: 'never';
}

/** True for a time in a zone that the server does not tell: the application's settings have to name it. */
export const needsZone = ({ throughSession, zone, zoneMayDiffer }: RowTime): boolean =>
  throughSession === true || (zone === 'application' && !zoneMayDiffer);

/** The time that decides in the first place, and that the clean-up index is about. */
export const timeColumnOf = ({ rules }: TableForm): string => rules[0].at.column;

/** The name with the table's own in it. */
export const namedAfter = (name: string, table: string): string => name.replaceAll('{table}', table);
