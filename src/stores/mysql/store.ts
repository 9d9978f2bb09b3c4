import { connectionDefaults, type MysqlBackend, tableOf } from '../../api/backends/mysql.ts';
import type { Layout } from '../../layouts/layout.ts';
import { session3 } from '../../layouts/session3.ts';
import type { Coding } from '../codec.ts';
import { ReconnectingStore } from '../reconnecting-store.ts';
import { type ServerOptions, settingsFrom } from '../server-options.ts';
import { tableOpeners } from '../tables/open.ts';
import type { MysqlPlace } from './byte-store.ts';
import { tableNamed } from './table-name.ts';

export type MysqlOptions = ServerOptions & {
  /** Name of the table. Default: the layout's table name. */
  readonly table?: string;
  /** Library that writes the sessions; session3 by default. */
  readonly layout?: Layout;
  /** The application's time zone, for a time column that depends on it. */
  readonly timeZone?: string;
};

/** Sessions as rows of a table in MySQL, 8.0.1 or newer, or MariaDB, 10.6 or newer. */
export class MysqlSessionStore<Payload = Uint8Array> extends ReconnectingStore<Payload> {
  readonly isMultiprocessSafe = true;
  /** All calls share one connection, one after the other. */
  readonly isThreadSafe = true;

  /** Throws InvalidInput with the wrong option. Connects on first use, and loads the driver only then. */
  constructor(options: MysqlOptions & Coding<Payload>) {
    const { layout = session3, timeZone } = options;
    const settings = settingsFrom(options, connectionDefaults);
    const table = tableNamed(options.table, layout);
    super((lost) => openAt({ settings, table, layout, timeZone }, lost), options.codec);
  }
}

const { openAt, open, openPlanned } = tableOpeners<MysqlBackend, MysqlPlace>({
  defaults: connectionDefaults,
  placeAt: (place, spec) => ({ ...place, table: tableOf(spec, place.layout) }),
  load: () => import('./byte-store.ts'),
});

export { open, openPlanned };
