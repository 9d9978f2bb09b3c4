import { escapeId } from 'mysql2';
import type { TableContext } from '../tables/context.ts';
import type { MysqlConnection } from './connection.ts';

/** Location of the sessions. */
export interface Target {
  readonly database: string;
  readonly table: string;
}

export type MysqlContext = TableContext<MysqlConnection, Target>;

/** An identifier in SQL; a dot in it is part of the name. */
export const quoted = (name: string): string => escapeId(name, true);

/** The table's name in messages. */
export const nameOf = ({ database, table }: Target): string => `${database}.${table}`;

/** The table's name in SQL. */
export const quotedName = ({ database, table }: Target): string => `${quoted(database)}.${quoted(table)}`;
