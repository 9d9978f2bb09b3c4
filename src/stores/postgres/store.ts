import { connectionDefaults, type PostgresBackend, tableOf } from '../../api/backends/postgres.ts';
import type { Layout } from '../../layouts/layout.ts';
import { session3 } from '../../layouts/session3.ts';
import type { Coding } from '../codec.ts';
import { ReconnectingStore } from '../reconnecting-store.ts';
import { type ServerOptions, settingsFrom } from '../server-options.ts';
import { tableOpeners } from '../tables/open.ts';
import type { PostgresPlace } from './byte-store.ts';
import { tableNamed } from './table-name.ts';

export type PostgresOptions = ServerOptions & {
  /** Schema of the table. Default: public. */
  readonly schema?: string;
  /** Name of the table. Default: the layout's table name. */
  readonly table?: string;
  /** Library that writes the sessions; session3 by default. */
  readonly layout?: Layout;
  /** The application's time zone, for a time column without a zone. Default: the connection's. */
  readonly timeZone?: string;
};

/** Sessions as rows of a table in PostgreSQL, 14 or newer. */
export class PostgresSessionStore<Payload = Uint8Array> extends ReconnectingStore<Payload> {
  readonly isMultiprocessSafe = true;
  /** All calls share one connection, one after the other. */
  readonly isThreadSafe = true;

  /** Throws InvalidInput with the wrong option. Connects on first use, and loads the driver only then. */
  constructor(options: PostgresOptions & Coding<Payload>) {
    const { layout = session3, timeZone } = options;
    const settings = settingsFrom(options, connectionDefaults);
    const target = tableNamed(options, layout);
    super((lost) => openAt({ settings, target, layout, timeZone }, lost), options.codec);
  }
}

const { openAt, open, openPlanned } = tableOpeners<PostgresBackend, PostgresPlace>({
  defaults: connectionDefaults,
  placeAt: (place, spec) => ({ ...place, target: tableOf(spec, place.layout) }),
  load: () => import('./byte-store.ts'),
});

export { open, openPlanned };
