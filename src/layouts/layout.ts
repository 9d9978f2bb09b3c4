/**
 * A layout is one session library's schema as data: where a session lies, and what its time means.
 * Adding one is one file beside this and one line in index.ts.
 */

/** `expiry`: the time is when the session ends. `modified`: when it was last changed. */
export type AgeKind = 'expiry' | 'modified';

/** One column as PostgreSQL's format_type() writes it. */
export interface Column {
  readonly name: string;
  readonly type: string;
  /** Other types under which the library works as well; adopted as they are. */
  readonly alsoAccepts?: readonly string[];
  readonly notNull: boolean;
  /** SQL of the default, in the DDL only; an adopted table may have another. */
  readonly default?: string;
}

/** A table in PostgreSQL. */
export interface PostgresLayout {
  /** The table's name where the spec names none. */
  readonly table: string;
  readonly columns: readonly Column[];
  readonly primaryKey: { readonly column: string; readonly constraint?: string };
  readonly time: {
    readonly column: string;
    /** `instant`: timestamptz. `local`: a naive timestamp in the application's own zone. */
    readonly zone: 'instant' | 'local';
  };
  /** The column that holds the session itself. */
  readonly payload: string;
  /** The index that clean-up is fastest with; `{table}` in the name stands for the table's. */
  readonly index: { readonly name: string; readonly column: string };
}

/** One column as MySQL's information_schema writes it, without a display width. */
export interface MysqlColumn extends Omit<Column, 'default'> {
  /**
   * The current time where a row is written without it, and at every change: what a library relies on that never
   * names the column. Where an adopted column lets NULL in besides, those rows are kept and counted.
   */
  readonly isCurrent?: true;
  /** Of a table that set-up makes; an adopted one may have another. */
  readonly collation?: { readonly charset: string; readonly name: string };
}

/** A table in MySQL or MariaDB. */
export interface MysqlLayout {
  /** The table's name where the spec names none. */
  readonly table: string;
  readonly columns: readonly MysqlColumn[];
  readonly primaryKey: { readonly column: string };
  /** A true TIMESTAMP: an instant, whatever anybody's time zone. */
  readonly time: { readonly column: string };
  /** The column that holds the session itself. */
  readonly payload: string;
  /** The index that clean-up is fastest with. */
  readonly index: { readonly name: string; readonly column: string };
}

/** Files in a folder, one a session. */
export interface DirectoryLayout {
  /** Whether a file's name can be a session's; folders, links and dot-files never are. */
  readonly isSessionName: (name: string) => boolean;
  /** Whether a file's first bytes look like a session: asked of a sample before a folder is adopted. */
  readonly looksLikeSession: (head: Uint8Array) => boolean;
}

export interface Layout {
  readonly name: string;
  /** For the docs: the library, and where its schema is published. */
  readonly title: string;
  readonly source: string;
  readonly age: AgeKind;
  readonly postgres?: PostgresLayout;
  readonly mysql?: MysqlLayout;
  readonly directory?: DirectoryLayout;
  /** Whether the library keeps pickles in a file of Python's shelve, their time in them. */
  readonly shelve?: true;
  /** Whether the library keeps sessions in a Durus storage, their time in them. */
  readonly durus?: true;
}
