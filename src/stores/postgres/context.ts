import { escapeIdentifier } from 'pg';
import type { AgeKind, PostgresLayout } from '../../layouts/layout.ts';
import type { PostgresConnection } from './connection.ts';

/** Where the sessions are. */
export interface Target {
  readonly schema: string;
  readonly table: string;
}

/** What every job on a store needs to know. */
export interface PostgresContext {
  readonly connection: PostgresConnection;
  readonly target: Target;
  readonly layout: PostgresLayout;
  readonly layoutName: string;
  readonly age: AgeKind;
  /** The application's zone for a naive time column, where the spec names one. */
  readonly timeZone?: string;
}

/** The table's name as SQL takes it. */
export const quotedName = ({ schema, table }: Target): string =>
  `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
