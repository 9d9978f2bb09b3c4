import { escapeIdentifier } from 'pg';
import type { TableContext } from '../tables/context.ts';
import type { PostgresConnection } from './connection.ts';

/** Location of the sessions. */
export interface Target {
  readonly schema: string;
  readonly table: string;
}

export type PostgresContext = TableContext<PostgresConnection, Target>;

/** The table's name in messages. */
export const nameOf = ({ schema, table }: Target): string => `${schema}.${table}`;

/** The table's name in SQL. */
export const quotedName = ({ schema, table }: Target): string =>
  `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
