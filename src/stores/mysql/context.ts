import { escapeId } from 'mysql2';
import type { AgeKind } from '../../layouts/layout.ts';
import type { TableForm } from '../../layouts/table-form.ts';
import type { MysqlConnection } from './connection.ts';

/** Location of the sessions. */
export interface Target {
  readonly database: string;
  readonly table: string;
}

/** Facts that every operation on a store needs. */
export interface MysqlContext {
  readonly connection: MysqlConnection;
  readonly target: Target;
  readonly layout: TableForm;
  readonly layoutName: string;
  readonly age: AgeKind;
  /** The application's time zone, for times that depend on it, if the spec names one. */
  readonly timeZone?: string;
}

/** An identifier in SQL; a dot in it is part of the name. */
export const quoted = (name: string): string => escapeId(name, true);

/** The table's name in messages. */
export const nameOf = ({ database, table }: Target): string => `${database}.${table}`;

/** The table's name in SQL. */
export const quotedName = ({ database, table }: Target): string => `${quoted(database)}.${quoted(table)}`;
