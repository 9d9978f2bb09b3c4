import { connectionDefaults, type PostgresBackend, tableOf } from '../../api/backends/postgres.ts';
import type { Layout } from '../../layouts/layout.ts';
import { session3 } from '../../layouts/session3.ts';
import type { Coding } from '../codec.ts';
import { readConnection } from '../connection/connection-files.ts';
import type { Open } from '../index.ts';
import { ReconnectingStore } from '../reconnecting-store.ts';
import { type ServerOptions, settingsFrom } from '../server-options.ts';
import { tableNamed } from './table-name.ts';

export type PostgresOptions = ServerOptions & {
  /** The schema that the table is in. Default: public. */
  readonly schema?: string;
  /** Default: the layout's. */
  readonly table?: string;
  /** Whose sessions these are; session3's by default. */
  readonly layout?: Layout;
  /** The application's zone, for a time column that has none. Default: the connection's. */
  readonly timeZone?: string;
};

/** Sessions as rows of a table in PostgreSQL, 14 or newer. */
export class PostgresSessionStore<Payload = Uint8Array> extends ReconnectingStore<Payload> {
  readonly isMultiprocessSafe = true;
  /** One connection, and calls take turns on it. */
  readonly isThreadSafe = true;

  /** Throws InvalidInput, naming the option that is wrong. Connects when it is first used: nothing is loaded before. */
  constructor(options: PostgresOptions & Coding<Payload>) {
    const { layout = session3, timeZone } = options;
    const settings = settingsFrom(options, connectionDefaults);
    const target = tableNamed(options, layout);
    super(async (lost) => {
      const { connect } = await import('./byte-store.ts');
      return connect({ settings, target, layout, timeZone }, lost);
    }, options.codec);
  }
}

/** Connects to the store; the caller disposes of it. */
export const open: Open<PostgresBackend> = async ({ spec, layout, timeZone, connectionPath }) => {
  const { connect } = await import('./byte-store.ts');
  const settings = await readConnection(connectionPath, connectionDefaults);
  return connect({ settings, target: tableOf(spec, layout), layout, timeZone });
};
