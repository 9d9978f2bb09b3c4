import { escapeIdentifier } from 'pg';
import type { AgeKind } from '../../layouts/layout.ts';
import type { TableForm } from '../../layouts/table-form.ts';
import type { PostgresConnection } from './connection.ts';

/** Location of the sessions. */
export interface Target {
  readonly schema: string;
  readonly table: string;
}

/** Facts that every operation on a store needs. */
export interface PostgresContext {
  readonly connection: PostgresConnection;
  readonly target: Target;
  readonly layout: TableForm;
  readonly layoutName: string;
  readonly age: AgeKind;
  /** The application's time zone for a time column without a zone, if the spec names one. */
  readonly timeZone?: string;
}

/** The table's name in SQL. */
export const quotedName = ({ schema, table }: Target): string =>
  `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
