import { connectionDefaults, type MysqlBackend, tableOf } from '../../api/backends/mysql.ts';
import type { Layout } from '../../layouts/layout.ts';
import { session3 } from '../../layouts/session3.ts';
import type { Coding } from '../codec.ts';
import { readConnection } from '../connection/connection-files.ts';
import type { Open } from '../index.ts';
import { ReconnectingStore } from '../reconnecting-store.ts';
import { type ServerOptions, settingsFrom } from '../server-options.ts';
import { tableNamed } from './table-name.ts';

export type MysqlOptions = ServerOptions & {
  /** Default: the layout's. */
  readonly table?: string;
  /** Whose sessions these are; session3's by default. */
  readonly layout?: Layout;
};

/** Sessions as rows of a table in MySQL, 8.0.1 or newer, or MariaDB, 10.6 or newer. */
export class MysqlSessionStore<Payload = Uint8Array> extends ReconnectingStore<Payload> {
  readonly isMultiprocessSafe = true;
  /** One connection, and calls take turns on it. */
  readonly isThreadSafe = true;

  /** Throws InvalidInput, naming the option that is wrong. Connects when it is first used: nothing is loaded before. */
  constructor(options: MysqlOptions & Coding<Payload>) {
    const { layout = session3 } = options;
    const settings = settingsFrom(options, connectionDefaults);
    const table = tableNamed(options.table, layout);
    super(async (lost) => {
      const { connect } = await import('./byte-store.ts');
      return connect({ settings, table, layout }, lost);
    }, options.codec);
  }
}

/** Connects to the store; the caller disposes of it. */
export const open: Open<MysqlBackend> = async ({ spec, layout, connectionPath }) => {
  const { connect } = await import('./byte-store.ts');
  const settings = await readConnection(connectionPath, connectionDefaults);
  return connect({ settings, table: tableOf(spec, layout), layout });
};
