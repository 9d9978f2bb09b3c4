import { escapeId } from 'mysql2';
import type { MysqlLayout } from '../../layouts/layout.ts';
import type { MysqlConnection } from './connection.ts';

/** Where the sessions are. */
export interface Target {
  readonly database: string;
  readonly table: string;
}

/** What every job on a store needs to know. */
export interface MysqlContext {
  readonly connection: MysqlConnection;
  readonly target: Target;
  readonly layout: MysqlLayout;
  readonly layoutName: string;
}

/** An identifier as SQL takes it; a dot in it is part of the name. */
export const quoted = (name: string): string => escapeId(name, true);

/** The table's name as a message has it. */
export const nameOf = ({ database, table }: Target): string => `${database}.${table}`;

/** The table's name as SQL takes it. */
export const quotedName = ({ database, table }: Target): string => `${quoted(database)}.${quoted(table)}`;
