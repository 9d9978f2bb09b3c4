/**
 * A layout is one session library's schema as data: the location of a session, and the meaning of its time. A new
 * layout is one file beside this one and one line in index.ts.
 */

/** `expiry`: the time is the end of the session. `modified`: the time is its last change. */
export type AgeKind = 'expiry' | 'modified';

/** A column in the notation of PostgreSQL's format_type(). */
export interface Column {
  readonly name: string;
  readonly type: string;
  /** Other types with which the library works; set-up adopts them unchanged. */
  readonly alsoAccepts?: readonly string[];
  readonly notNull: boolean;
  /** Default as SQL, only for a new table; an adopted table may have another. */
  readonly default?: string;
}

/** A table in PostgreSQL. */
export interface PostgresLayout {
  /** Default name of the table. */
  readonly table: string;
  readonly columns: readonly Column[];
  readonly primaryKey: { readonly column: string; readonly constraint?: string };
  readonly time: {
    readonly column: string;
    /** `instant`: timestamptz. `local`: a timestamp without a zone, in the application's time zone. */
    readonly zone: 'instant' | 'local';
  };
  /** The column that holds the session itself. */
  readonly payload: string;
  /** The index with which clean-up is fastest; `{table}` in the name stands for the table's name. */
  readonly index: { readonly name: string; readonly column: string };
}

/** A column in the notation of MySQL's information_schema, without a display width. */
export interface MysqlColumn extends Omit<Column, 'default'> {
  /**
   * The column gets the current time if a row is written without it, and at every change: a library that never names
   * the column relies on that. If an adopted column also allows NULL, rows with NULL are kept and counted.
   */
  readonly isCurrent?: true;
  /** Collation of a new table; an adopted table may have another. */
  readonly collation?: { readonly charset: string; readonly name: string };
}

/** A table in MySQL or MariaDB. */
export interface MysqlLayout {
  /** Default name of the table. */
  readonly table: string;
  readonly columns: readonly MysqlColumn[];
  readonly primaryKey: { readonly column: string };
  /** A TIMESTAMP: an instant that does not depend on a time zone. */
  readonly time: { readonly column: string };
  /** The column that holds the session itself. */
  readonly payload: string;
  /** The index with which clean-up is fastest. */
  readonly index: { readonly name: string; readonly column: string };
}

/** Files in a folder, one for each session. */
export interface DirectoryLayout {
  /** True if a file with this name can be a session; folders, links and dot-files never are. */
  readonly isSessionName: (name: string) => boolean;
  /** True if the file's first bytes look like a session; checked for a sample before a folder is adopted. */
  readonly looksLikeSession: (head: Uint8Array) => boolean;
}

export interface Layout {
  readonly name: string;
  /** For the docs: the library, and the address of its published schema. */
  readonly title: string;
  readonly source: string;
  readonly age: AgeKind;
  readonly postgres?: PostgresLayout;
  readonly mysql?: MysqlLayout;
  readonly directory?: DirectoryLayout;
  /** True if the library keeps pickles, which contain their time, in a file of Python's shelve. */
  readonly shelve?: true;
  /** True if the library keeps sessions, which contain their time, in a Durus storage. */
  readonly durus?: true;
}
